package org.clarion.scheduler.cluster.seal;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.clarion.scheduler.api.TenantId;

/**
 * The cluster secrets that a process knows: the newest, and those before it while the secret is being changed. Wraps
 * data keys and unwraps what any of them wrapped. Thread-safe; never printed.
 */
public final class ClusterSecrets {
  private static final String CIPHER = "AES/GCM/NoPadding";
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  private final SequencedMap<String, SecretKey> wrapping = new LinkedHashMap<>();
  private final ClusterSecret oldest;
  private final SecureRandom random = new SecureRandom();

  /** The newest, and those before it, later ones first. */
  public ClusterSecrets(ClusterSecret newest, List<ClusterSecret> previous) {
    List<ClusterSecret> all = new ArrayList<>(previous);
    all.addFirst(newest);
    oldest = all.getLast();
    for (ClusterSecret secret : all) {
      if (wrapping.put(secret.id(), secret.wrappingKey()) != null) {
        throw new IllegalArgumentException("a cluster secret is given twice: " + secret.id());
      }
    }
  }

  /** A single one that lives and dies with this process. */
  public static ClusterSecrets random() {
    return new ClusterSecrets(ClusterSecret.random(), List.of());
  }

  /** Names of the secrets, the newest first. */
  public List<String> ids() {
    return List.copyOf(wrapping.sequencedKeySet());
  }

  /** Whether the key can be unwrapped here. */
  public boolean knows(WrappedKey key) {
    return wrapping.containsKey(key.by());
  }

  /** The key that the release before data keys were stored sealed this tenant's values with. */
  DataKey derived(TenantId tenant) {
    // While the secret is changed, what was sealed before the change is under the older one.
    return new DataKey(DataKey.DERIVED, 0, oldest.derivedDataKey(tenant));
  }

  /** Wraps a key with the secret of that id, which has to be known. */
  WrappedKey wrap(String by, TenantId tenant, DataKey key) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      Cipher cipher = Cipher.getInstance(CIPHER);
      cipher.init(Cipher.ENCRYPT_MODE, secret(by), new GCMParameterSpec(TAG_BITS, nonce));
      cipher.updateAAD(bound(tenant, key.id(), key.ordinal()));
      byte[] wrapped = Arrays.copyOf(nonce, NONCE_BYTES + DataKey.BYTES + TAG_BITS / Byte.SIZE);
      cipher.doFinal(key.secret().getEncoded(), 0, DataKey.BYTES, wrapped, NONCE_BYTES);
      return new WrappedKey(key.id(), key.ordinal(), by, wrapped);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has AES in GCM mode", e);
    }
  }

  /**
   * Unwraps a key.
   *
   * @throws SealBrokenException
   *           when it is another tenant's, was changed, or is wrapped with a secret that is not known
   */
  public DataKey unwrap(TenantId tenant, WrappedKey key) {
    if (!knows(key)) {
      throw new SealBrokenException("the data key of tenant " + tenant + " is wrapped with cluster secret " + key.by()
          + "; known are " + ids());
    }
    try {
      Cipher cipher = Cipher.getInstance(CIPHER);
      cipher.init(Cipher.DECRYPT_MODE, secret(key.by()), new GCMParameterSpec(TAG_BITS, key.wrapped(), 0, NONCE_BYTES));
      cipher.updateAAD(bound(tenant, key.id(), key.ordinal()));
      byte[] bytes = cipher.doFinal(key.wrapped(), NONCE_BYTES, key.wrapped().length - NONCE_BYTES);
      return new DataKey(key.id(), key.ordinal(), new SecretKeySpec(bytes, "AES"));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new SealBrokenException("a data key of tenant " + tenant + " does not unwrap", e);
    }
  }

  private SecretKey secret(String id) {
    SecretKey secret = wrapping.get(id);
    if (secret == null) {
      throw new IllegalArgumentException("cluster secret " + id + " is not known; known are " + ids());
    }
    return secret;
  }

  private static byte[] bound(TenantId tenant, long id, int ordinal) {
    return ("data key " + tenant.value() + " " + id + " " + ordinal).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "ClusterSecrets" + ids();
  }
}

package org.clarion.scheduler.cluster.seal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import org.clarion.scheduler.api.TenantId;

/**
 * Seals values with AES-256-GCM under one of their tenant's keys: one byte of format, 8 of the key's id, 12 of nonce,
 * the text, 16 of tag. What stands before the nonce is authenticated, and so is the value's place: a sealed value opens
 * nowhere else. Values of the release before have format 1, no id, and are sealed with the derived key.
 * <p>
 * Nonces are random, which is sound for up to 2^32 values under one key (NIST SP 800-38D, section 8.3): a tenant's key
 * wants renewal before. Thread-safe.
 */
public final class Sealer {
  /** How much longer a sealed value is than its plain text. */
  public static final int OVERHEAD = 1 + Long.BYTES + 12 + 16;

  private static final byte UNNAMED_KEY = 1;
  private static final byte NAMED_KEY = 2;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  private final DataKeys keys;
  private final SecureRandom random = new SecureRandom();

  public Sealer(DataKeys keys) {
    this.keys = keys;
  }

  /** Where the keys come from. */
  public DataKeys keys() {
    return keys;
  }

  /**
   * Encrypts a value under its tenant's key for new values. May block, see {@link DataKeys}.
   *
   * @param place
   *          names where the value is kept; the same is needed to open it
   */
  public byte[] seal(TenantId tenant, String place, byte[] plain) {
    return seal(keys.sealing(tenant), place, plain);
  }

  /** Encrypts a value under this key. Never blocks. */
  public byte[] seal(DataKey key, String place, byte[] plain) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    byte[] head = head(key.id());
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, nonce, head, place);
      byte[] sealed = new byte[head.length + NONCE_BYTES + plain.length + TAG_BITS / Byte.SIZE];
      ByteBuffer.wrap(sealed).put(head).put(nonce);
      cipher.doFinal(plain, 0, plain.length, sealed, head.length + NONCE_BYTES);
      return sealed;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has AES in GCM mode", e);
    }
  }

  private static byte[] head(long keyId) {
    return keyId == DataKey.DERIVED
        ? new byte[]{UNNAMED_KEY}
        : ByteBuffer.allocate(1 + Long.BYTES).put(NAMED_KEY).putLong(keyId).array();
  }

  /**
   * Decrypts a value. May block, see {@link DataKeys}.
   *
   * @throws SealBrokenException
   *           when its key is gone or was never this tenant's, when it was sealed for another tenant or place, or
   *           changed
   */
  public byte[] open(TenantId tenant, String place, byte[] sealed) {
    byte[] head = Arrays.copyOf(sealed, sealed.length > 0 && sealed[0] == NAMED_KEY ? 1 + Long.BYTES : 1);
    int start = head.length + NONCE_BYTES;
    if (sealed.length < start + TAG_BITS / Byte.SIZE || (head[0] != UNNAMED_KEY && head[0] != NAMED_KEY)) {
      throw new SealBrokenException("a value of tenant " + tenant + " is not sealed in format " + UNNAMED_KEY + " or "
          + NAMED_KEY);
    }
    long id = head[0] == NAMED_KEY ? ByteBuffer.wrap(head).getLong(1) : DataKey.DERIVED;
    DataKey key = keys.opening(tenant, id);
    try {
      byte[] nonce = Arrays.copyOfRange(sealed, head.length, start);
      return cipher(Cipher.DECRYPT_MODE, key, nonce, head, place).doFinal(sealed, start, sealed.length - start);
    } catch (AEADBadTagException e) {
      throw new SealBrokenException("a value of tenant " + tenant
          + " does not open: another cluster secret, another place, or changed bytes", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has AES in GCM mode", e);
    }
  }

  private static Cipher cipher(int mode, DataKey key, byte[] nonce, byte[] head, String place)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key.secret(), new GCMParameterSpec(TAG_BITS, nonce));
    if (head[0] == NAMED_KEY) {
      cipher.updateAAD(head);
    }
    cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
    return cipher;
  }
}

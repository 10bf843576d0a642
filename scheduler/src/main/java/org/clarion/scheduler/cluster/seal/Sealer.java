package org.clarion.scheduler.cluster.seal;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import org.clarion.scheduler.api.TenantId;

/**
 * Seals values with AES-256-GCM under their tenant's key: one byte of format, 12 of nonce, the text, 16 of tag. The
 * value's place is authenticated with it, so that a sealed value opens nowhere else.
 * <p>
 * Nonces are random, which is sound for up to 2^32 values of a tenant under one key (NIST SP 800-38D, section 8.3).
 * Thread-safe.
 */
public final class Sealer {
  /** How much longer a sealed value is than its plain text. */
  public static final int OVERHEAD = 1 + 12 + 16;

  private static final byte FORMAT = 1;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  private final DataKeys keys;
  private final SecureRandom random = new SecureRandom();

  public Sealer(DataKeys keys) {
    this.keys = keys;
  }

  /**
   * Encrypts a value.
   *
   * @param place
   *          names where the value is kept; the same is needed to open it
   */
  public byte[] seal(TenantId tenant, String place, byte[] plain) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, tenant, place, nonce);
      byte[] sealed = new byte[plain.length + OVERHEAD];
      sealed[0] = FORMAT;
      System.arraycopy(nonce, 0, sealed, 1, NONCE_BYTES);
      cipher.doFinal(plain, 0, plain.length, sealed, 1 + NONCE_BYTES);
      return sealed;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has AES in GCM mode", e);
    }
  }

  /**
   * Decrypts a value.
   *
   * @throws SealBrokenException
   *           when it was sealed with another secret, for another tenant or place, or was changed
   */
  public byte[] open(TenantId tenant, String place, byte[] sealed) {
    if (sealed.length < OVERHEAD || sealed[0] != FORMAT) {
      throw new SealBrokenException("a value of tenant " + tenant + " is not sealed in format " + FORMAT);
    }
    try {
      byte[] nonce = Arrays.copyOfRange(sealed, 1, 1 + NONCE_BYTES);
      return cipher(Cipher.DECRYPT_MODE, tenant, place, nonce).doFinal(sealed, 1 + NONCE_BYTES,
          sealed.length - 1 - NONCE_BYTES);
    } catch (AEADBadTagException e) {
      throw new SealBrokenException("a value of tenant " + tenant
          + " does not open: another cluster secret, another place, or changed bytes", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has AES in GCM mode", e);
    }
  }

  private Cipher cipher(int mode, TenantId tenant, String place, byte[] nonce) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, keys.keyOf(tenant), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
    return cipher;
  }
}

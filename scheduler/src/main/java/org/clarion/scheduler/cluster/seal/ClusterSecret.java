package org.clarion.scheduler.cluster.seal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.clarion.scheduler.api.TenantId;

/**
 * What wraps all tenants' data keys; every member of a cluster needs the same. Everything is derived from it by
 * HKDF-SHA256, each thing under a salt of its own. Never printed.
 */
public final class ClusterSecret {
  /** The fewest bytes a secret has. */
  public static final int MIN_BYTES = 32;

  private static final String WRAPPING = "clarion key encryption v1";
  /** Of the release that derived data keys and stored none. */
  private static final String DATA = "clarion data key v1";
  private static final int KEY_BYTES = 32;
  private static final int ID_BYTES = 8;

  private final byte[] bytes;

  private ClusterSecret(byte[] bytes) {
    if (bytes.length < MIN_BYTES) {
      throw new IllegalArgumentException(
          "a cluster secret has at least " + MIN_BYTES + " bytes; this one has " + bytes.length);
    }
    this.bytes = bytes;
  }

  /** A secret that lives and dies with this process: for a cluster of one, or one inside a single process. */
  public static ClusterSecret random() {
    byte[] bytes = new byte[MIN_BYTES];
    new SecureRandom().nextBytes(bytes);
    return new ClusterSecret(bytes);
  }

  /** The given bytes, which are copied. */
  public static ClusterSecret of(byte[] bytes) {
    return new ClusterSecret(bytes.clone());
  }

  /** A file's text without white space around it, as it is: not decoded from hexadecimal or the like. */
  public static ClusterSecret read(Path file) {
    try {
      return new ClusterSecret(Files.readString(file).strip().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new IllegalArgumentException("the cluster's secret file " + file + " cannot be read", e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("the cluster's secret file " + file + ": " + e.getMessage(), e);
    }
  }

  /** Names the secret without telling anything of it. */
  public String id() {
    return HexFormat.of().formatHex(derive(WRAPPING, "id", ID_BYTES));
  }

  /** The key that data keys are wrapped with. */
  SecretKey wrappingKey() {
    return new SecretKeySpec(derive(WRAPPING, "key", KEY_BYTES), "AES");
  }

  /** The data key that a tenant had when none was stored. */
  SecretKey derivedDataKey(TenantId tenant) {
    return new SecretKeySpec(derive(DATA, "tenant " + tenant.value(), KEY_BYTES), "AES");
  }

  private byte[] derive(String salt, String info, int length) {
    try {
      return KDF.getInstance("HKDF-SHA256").deriveData(HKDFParameterSpec.ofExtract().addIKM(bytes)
          .addSalt(salt.getBytes(StandardCharsets.UTF_8)).thenExpand(info.getBytes(StandardCharsets.UTF_8), length));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("JDK 25 has HKDF-SHA256", e);
    }
  }

  @Override
  public String toString() {
    return "ClusterSecret[hidden]";
  }
}

package org.clarion.scheduler.cluster.seal;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import org.clarion.scheduler.api.TenantId;

/** Data keys derived from the cluster's secret by HKDF-SHA256, so that none has to be stored. Thread-safe. */
public final class DerivedKeys implements DataKeys {
  private static final byte[] SALT = "clarion data key v1".getBytes(StandardCharsets.UTF_8);
  private static final int KEY_BYTES = 32;

  private final ClusterSecret secret;
  // One small entry for each clinic that was served: bounded by the number of clinics that have credentials.
  private final Map<TenantId, SecretKey> derived = new ConcurrentHashMap<>();

  public DerivedKeys(ClusterSecret secret) {
    this.secret = secret;
  }

  @Override
  public SecretKey keyOf(TenantId tenant) {
    return derived.computeIfAbsent(tenant, this::derive);
  }

  private SecretKey derive(TenantId tenant) {
    try {
      byte[] info = ("tenant " + tenant.value()).getBytes(StandardCharsets.UTF_8);
      return KDF.getInstance("HKDF-SHA256").deriveKey("AES",
          HKDFParameterSpec.ofExtract().addIKM(secret.bytes()).addSalt(SALT).thenExpand(info, KEY_BYTES));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("JDK 25 has HKDF-SHA256", e);
    }
  }
}

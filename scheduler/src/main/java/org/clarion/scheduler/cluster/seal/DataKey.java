package org.clarion.scheduler.cluster.seal;

import java.security.SecureRandom;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key that a tenant's values are sealed with. Never printed.
 *
 * @param id
 *          stands in every value that it seals; {@link #DERIVED} for the one that was derived and not made
 * @param ordinal
 *          of a tenant's keys the one with the highest seals new values
 * @param secret
 *          AES, 256 bits
 */
public record DataKey(long id, int ordinal, SecretKey secret) {
  /** Id of the key that the first release derived from the cluster's secret; its values name no key. */
  public static final long DERIVED = 0;
  static final int BYTES = 32;

  private static final SecureRandom RANDOM = new SecureRandom();

  /** A new one, from random bits. */
  static DataKey random(int ordinal) {
    byte[] bytes = new byte[BYTES];
    RANDOM.nextBytes(bytes);
    // Random, so that members that are cut off from each other never give one id to two keys.
    long id = RANDOM.nextLong();
    return new DataKey(id == DERIVED ? 1 : id, ordinal, new SecretKeySpec(bytes, "AES"));
  }

  @Override
  public String toString() {
    return "DataKey[" + Long.toHexString(id) + "]";
  }
}

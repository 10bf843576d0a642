package org.clarion.scheduler.cluster.seal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;

/** What all tenants' data keys are derived from; every member of a cluster needs the same. Never printed. */
public final class ClusterSecret {
  /** The fewest bytes a secret has. */
  public static final int MIN_BYTES = 32;

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

  byte[] bytes() {
    return bytes;
  }

  @Override
  public String toString() {
    return "ClusterSecret[hidden]";
  }
}

package org.clarion.models.checkpoint;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The hash that files are told apart by. */
public final class Sha256 {
  private Sha256() {}

  /** A new one. */
  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}

package org.clarion.gateway.http;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Names that nobody can guess. */
final class Ids {
  private static final SecureRandom RANDOM = new SecureRandom();

  private Ids() {}

  /** 128 random bits in hexadecimal. */
  static String random() {
    byte[] bits = new byte[16];
    RANDOM.nextBytes(bits);
    return HexFormat.of().formatHex(bits);
  }
}

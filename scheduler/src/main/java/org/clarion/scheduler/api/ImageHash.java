package org.clarion.scheduler.api;

import java.util.HexFormat;

/**
 * SHA-256 of a pixel tensor's bytes: the image's name everywhere.
 *
 * @param hex
 *          64 lower-case hexadecimal digits
 */
public record ImageHash(String hex) {
  /** Bytes of the hash. */
  public static final int BYTES = 32;

  public ImageHash {
    if (hex.length() != 2 * BYTES || !hex.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
      throw new IllegalArgumentException(
          "an image hash has " + 2 * BYTES + " lower-case hexadecimal digits; this one has " + hex.length());
    }
  }

  /** The hash as it travels on the wire: {@value #BYTES} bytes. */
  public static ImageHash of(byte[] bytes) {
    return new ImageHash(HexFormat.of().formatHex(bytes));
  }

  /** A fresh array of {@value #BYTES} bytes. */
  public byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }
}

package org.clarion.models.image;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * A picture as an encoder takes it: uint8 [3, size, size], row-major, channels R, G, B, not yet normalised.
 *
 * @param bytes
 *          owned by the tensor: not to be changed after construction
 */
public record PixelTensor(int size, byte[] bytes) {
  public PixelTensor {
    if (size <= 0 || bytes.length != 3L * size * size) {
      throw new IllegalArgumentException(
          "a pixel tensor of size " + size + " has " + 3L * size * size + " bytes, not " + bytes.length);
    }
  }

  /** SHA-256 of the bytes: the image's name in every cache and on the wire. */
  public byte[] sha256() {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}

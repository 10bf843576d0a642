package org.clarion.models.image;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

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

  /**
   * A square picture with its channels laid one after the other.
   *
   * @throws IllegalArgumentException
   *           when the picture is not square
   */
  public static PixelTensor of(RgbImage picture) {
    if (picture.width() != picture.height()) {
      throw new IllegalArgumentException(
          "a pixel tensor is square, and the picture is " + picture.width() + "x" + picture.height());
    }
    int pixels = picture.width() * picture.height();
    byte[] planes = new byte[3 * pixels];
    byte[] rgb = picture.rgb();
    for (int i = 0; i < pixels; i++) {
      planes[i] = rgb[3 * i];
      planes[pixels + i] = rgb[3 * i + 1];
      planes[2 * pixels + i] = rgb[3 * i + 2];
    }
    return new PixelTensor(picture.width(), planes);
  }

  /**
   * The numbers that the encoder starts from: {@code (v / 255 - mean) / std}, float32 [3, size, size].
   *
   * @param mean
   *          one per channel
   * @param std
   *          one per channel
   */
  public float[] normalised(List<Double> mean, List<Double> std) {
    float[] values = new float[bytes.length];
    int pixels = size * size;
    for (int i = 0; i < values.length; i++) {
      int channel = i / pixels;
      values[i] = (float) (((bytes[i] & 0xFF) / 255.0 - mean.get(channel)) / std.get(channel));
    }
    return values;
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

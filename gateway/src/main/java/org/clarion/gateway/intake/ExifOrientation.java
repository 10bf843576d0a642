package org.clarion.gateway.intake;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.clarion.models.image.RgbImage;

/** The orientation entry of an EXIF block, and what it asks for. Everything else in the block is left unread. */
final class ExifOrientation {
  private static final int TAG = 0x0112;
  private static final int SHORT = 3;
  private static final int ENTRY = 12;

  private ExifOrientation() {}

  /** Orientation 1 to 8 of a TIFF structure in {@code bytes}; 1 when there is none or it makes no sense. */
  static int read(byte[] bytes, int from, int length) {
    if (length < 8) {
      return 1;
    }
    ByteBuffer tiff = ByteBuffer.wrap(bytes, from, length).slice();
    switch (tiff.getShort(0)) {
      case 0x4949 -> tiff.order(ByteOrder.LITTLE_ENDIAN);
      case 0x4D4D -> tiff.order(ByteOrder.BIG_ENDIAN);
      default -> {
        return 1;
      }
    }
    int directory = tiff.getInt(4);
    if (directory < 8 || directory > length - 2) {
      return 1;
    }
    int entries = tiff.getShort(directory) & 0xFFFF;
    for (int i = 0, at = directory + 2; i < entries && at <= length - ENTRY; i++, at += ENTRY) {
      if ((tiff.getShort(at) & 0xFFFF) == TAG) {
        int value = tiff.getShort(at + 8) & 0xFFFF;
        return tiff.getShort(at + 2) == SHORT && value >= 1 && value <= 8 ? value : 1;
      }
    }
    return 1;
  }

  /** The picture as it was meant to be seen. */
  static RgbImage upright(RgbImage picture, int orientation) {
    int w = picture.width();
    int h = picture.height();
    // Source place of the target's first pixel, and steps to its right and lower neighbours, in pixels.
    return switch (orientation) {
      case 2 -> walk(picture, w, h, w - 1, -1, w);
      case 3 -> walk(picture, w, h, w * h - 1, -1, -w);
      case 4 -> walk(picture, w, h, w * (h - 1), 1, -w);
      case 5 -> walk(picture, h, w, 0, w, 1);
      case 6 -> walk(picture, h, w, w * (h - 1), -w, 1);
      case 7 -> walk(picture, h, w, w * h - 1, -w, -1);
      case 8 -> walk(picture, h, w, w - 1, w, -1);
      default -> picture;
    };
  }

  private static RgbImage walk(RgbImage picture, int width, int height, int start, int right, int down) {
    byte[] in = picture.rgb();
    byte[] out = new byte[in.length];
    int to = 0;
    for (int y = 0; y < height; y++) {
      int from = 3 * (start + y * down);
      for (int x = 0; x < width; x++, from += 3 * right) {
        out[to++] = in[from];
        out[to++] = in[from + 1];
        out[to++] = in[from + 2];
      }
    }
    return new RgbImage(width, height, out);
  }
}

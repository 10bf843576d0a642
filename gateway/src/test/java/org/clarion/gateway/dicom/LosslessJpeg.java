package org.clarion.gateway.dicom;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/**
 * Writes lossless JPEG of one component for tests: predictor 1, one code of five bits for each of the 17 categories
 * (ITU-T T.81, annex H).
 */
final class LosslessJpeg {
  private static final int CODE_BITS = 5;
  private static final int CATEGORIES = 17;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int pending;
  private int bits;

  private LosslessJpeg() {}

  static byte[] encode(int[] samples, int width, int height, int precision) {
    LosslessJpeg jpeg = new LosslessJpeg();
    ByteBuffer head = ByteBuffer.allocate(2 + 13 + 21 + CATEGORIES + 10);
    head.putShort((short) 0xFFD8);
    head.putShort((short) 0xFFC3).putShort((short) 11).put((byte) precision).putShort((short) height)
        .putShort((short) width).put(new byte[]{1, 1, 0x11, 0});
    head.putShort((short) 0xFFC4).putShort((short) (2 + 17 + CATEGORIES)).put((byte) 0);
    for (int length = 1; length <= 16; length++) {
      head.put((byte) (length == CODE_BITS ? CATEGORIES : 0));
    }
    for (int category = 0; category < CATEGORIES; category++) {
      head.put((byte) category);
    }
    head.putShort((short) 0xFFDA).putShort((short) 8).put(new byte[]{1, 1, 0, 1, 0, 0});
    jpeg.out.writeBytes(head.array());
    for (int i = 0; i < samples.length; i++) {
      int prediction = i == 0 ? 1 << (precision - 1) : i % width == 0 ? samples[i - width] : samples[i - 1];
      jpeg.difference((short) (samples[i] - prediction));
    }
    jpeg.write(0x7F, 7);
    jpeg.out.write(0xFF);
    jpeg.out.write(0xD9);
    return jpeg.out.toByteArray();
  }

  private void difference(int difference) {
    int category = difference == Short.MIN_VALUE ? 16 : 32 - Integer.numberOfLeadingZeros(Math.abs(difference));
    write(category, CODE_BITS);
    if (category < 16) {
      write(difference < 0 ? difference + (1 << category) - 1 : difference, category);
    }
  }

  private void write(int value, int count) {
    for (int i = count - 1; i >= 0; i--) {
      pending = pending << 1 | (value >> i & 1);
      if (++bits == 8) {
        out.write(pending);
        if ((pending & 0xFF) == 0xFF) {
          out.write(0);
        }
        bits = 0;
        pending = 0;
      }
    }
  }
}

package org.clarion.training.phantom.raster;

import java.util.HexFormat;

/** Capitals and digits of 5 by 7 dots: marks must look the same where no font is installed. */
public final class Letters {
  /** Dots from one letter to the next. */
  public static final int ADVANCE = 6;
  /** Dots of a letter's height. */
  public static final int HEIGHT = 7;

  private static final String KNOWN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  /** Seven rows of five bits each. */
  private static final String[] ROWS = {
      "0e11111f111111", "1e111e1111111e", "0e11101010110e", "1e11111111111e", "1f10101e10101f", "1f10101e101010",
      "0e11101711110e", "1111111f111111", "0e04040404040e", "0702020202120c", "11121418141211", "1010101010101f",
      "111b1515111111", "11191513111111", "0e11111111110e", "1e11111e101010", "0e11111115120d", "1e11111e141211",
      "0f10100e01011e", "1f040404040404", "1111111111110e", "11111111110a04", "11111115151b11", "11110a040a1111",
      "11110a04040404", "1f01020408101f", "0e13151515190e", "040c040404040e", "0e11010608101f", "1e01010e01011e",
      "02060a121f0202", "1f101e0101110e", "0e101e1111110e", "1f010204080808", "0e11110e11110e", "0e11110f01010e"};

  private Letters() {}

  /**
   * Draws a word, letters that are not known as gaps.
   *
   * @param left
   *          column of its top left dot
   * @param dot
   *          pixels per dot, at least 1
   */
  public static void draw(Plane plane, String word, int left, int top, int dot, Stroke.Ink ink) {
    for (int i = 0; i < word.length(); i++) {
      int known = KNOWN.indexOf(word.charAt(i));
      if (known >= 0) {
        letter(plane, HexFormat.of().parseHex(ROWS[known]), left + i * ADVANCE * dot, top, dot, ink);
      }
    }
  }

  /** Pixels across. */
  public static int width(String word, int dot) {
    return (word.length() * ADVANCE - 1) * dot;
  }

  private static void letter(Plane plane, byte[] rows, int left, int top, int dot, Stroke.Ink ink) {
    for (int y = 0; y < HEIGHT * dot; y++) {
      for (int x = 0; x < 5 * dot; x++) {
        boolean set = (rows[y / dot] >> (4 - x / dot) & 1) != 0;
        if (set && left + x >= 0 && left + x < plane.size() && top + y >= 0 && top + y < plane.size()) {
          ink.cover(left + x, top + y, 1);
        }
      }
    }
  }
}

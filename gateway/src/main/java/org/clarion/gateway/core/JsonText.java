package org.clarion.gateway.core;

import java.nio.charset.StandardCharsets;

/** JSON strings written without a tree, for the path that runs once for every token. */
public final class JsonText {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private JsonText() {}

  /** The text as a JSON string, quotes included. */
  public static String quoted(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20 || c == 0x7F || c == '\u2028' || c == '\u2029') {
            out.append("\\u");
            for (int shift = 12; shift >= 0; shift -= 4) {
              out.append((char) HEX[c >> shift & 0xF]);
            }
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.append('"').toString();
  }

  /** The inside of a JSON string as UTF-8, appended to {@code out} at {@code at}; returns the new end. */
  static int escape(byte[] utf8, byte[] out, int at) {
    int to = at;
    for (byte b : utf8) {
      if (b == '"' || b == '\\') {
        out[to++] = '\\';
        out[to++] = b;
      } else if (b == '\n') {
        out[to++] = '\\';
        out[to++] = 'n';
      } else if ((b >= 0 && b < 0x20) || b == 0x7F) {
        out[to++] = '\\';
        out[to++] = 'u';
        out[to++] = '0';
        out[to++] = '0';
        out[to++] = HEX[b >> 4];
        out[to++] = HEX[b & 0xF];
      } else {
        out[to++] = b;
      }
    }
    return to;
  }

  /** Bytes that {@link #escape} writes for this text. */
  static int escapedLength(byte[] utf8) {
    int length = utf8.length;
    for (byte b : utf8) {
      if (b == '"' || b == '\\' || b == '\n') {
        length++;
      } else if ((b >= 0 && b < 0x20) || b == 0x7F) {
        length += 5;
      }
    }
    return length;
  }
}

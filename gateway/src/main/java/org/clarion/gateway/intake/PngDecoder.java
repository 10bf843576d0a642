package org.clarion.gateway.intake;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.clarion.models.image.RgbImage;
import org.jspecify.annotations.Nullable;

/**
 * PNG (ISO/IEC 15948), all colour types, depths and Adam7, to 8-bit RGB as Pillow converts it: alpha and transparency
 * dropped, 16-bit colour cut to its high byte; 16-bit grey is scaled rather than clipped.
 *
 * <p>
 * The JDK's reader is not used: it inflates text and profile chunks without a limit and returns pictures whose data end
 * early. Here nothing is inflated but pixel rows, one at a time, checksums of critical chunks are verified, and a
 * header that promises more than its data can hold is refused before anything is allocated.
 */
final class PngDecoder {
  /** No deflate stream grows by more. */
  private static final long MOST_EXPANSION = 1040;
  private static final int[][] ADAM7 = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4},
      {1, 0, 2, 2}, {0, 1, 1, 2}};

  private static final int GREY = 0;
  private static final int COLOUR = 2;
  private static final int PALETTE = 3;
  private static final int GREY_ALPHA = 4;
  private static final int COLOUR_ALPHA = 6;

  private record Data(int from, int length) {}

  private final byte[] bytes;
  private final Stop stop;
  private final int width;
  private final int height;
  private final int depth;
  private final int colour;
  private final boolean interlaced;
  private final List<Data> data = new ArrayList<>();
  private byte @Nullable [] palette;
  private int orientation = 1;
  private int nextData;

  private PngDecoder(byte[] bytes, ImageLimits limits, Stop stop) throws RefusedException {
    this.bytes = bytes;
    this.stop = stop;
    if (bytes.length < 33) {
      throw truncated();
    }
    ByteBuffer header = ByteBuffer.wrap(bytes);
    if (header.getInt(8) != 13 || !type(12).equals("IHDR")) {
      throw damaged("it does not start with a header");
    }
    checkCrc(12, 13);
    width = header.getInt(16);
    height = header.getInt(20);
    limits.checkSize(width, height);
    depth = bytes[24];
    colour = bytes[25];
    boolean known = switch (colour) {
      case GREY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
      case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
      case COLOUR, GREY_ALPHA, COLOUR_ALPHA -> depth == 8 || depth == 16;
      default -> false;
    };
    if (!known || bytes[26] != 0 || bytes[27] != 0 || bytes[28] < 0 || bytes[28] > 1) {
      throw damaged("its header names colour type " + colour + " of depth " + depth);
    }
    interlaced = bytes[28] == 1;
  }

  /** Decodes a file that starts with PNG's magic. */
  static RgbImage decode(byte[] bytes, ImageLimits limits, Stop stop) throws RefusedException {
    PngDecoder decoder = new PngDecoder(bytes, limits, stop);
    decoder.chunks();
    return ExifOrientation.upright(decoder.pixels(), decoder.orientation);
  }

  private void chunks() throws RefusedException {
    int at = 33;
    while (true) {
      if (at > bytes.length - 12) {
        throw truncated();
      }
      int length = ByteBuffer.wrap(bytes).getInt(at);
      if (length < 0) {
        throw damaged("a chunk has a length above 2^31");
      }
      if (length > bytes.length - at - 12) {
        throw truncated();
      }
      String type = type(at + 4);
      if (Character.isUpperCase(type.charAt(0))) {
        checkCrc(at + 4, length);
      }
      switch (type) {
        case "PLTE" -> {
          if (length % 3 != 0 || length > 768) {
            throw damaged("its palette has " + length + " bytes");
          }
          palette = Arrays.copyOfRange(bytes, at + 8, at + 8 + length);
        }
        case "IDAT" -> data.add(new Data(at + 8, length));
        case "eXIf" -> orientation = ExifOrientation.read(bytes, at + 8, length);
        case "IEND" -> {
          return;
        }
        default -> {
          if (Character.isUpperCase(type.charAt(0))) {
            throw damaged("it has an unknown critical chunk");
          }
        }
      }
      at += length + 12;
    }
  }

  private RgbImage pixels() throws RefusedException {
    if (data.isEmpty() || (colour == PALETTE && palette == null)) {
      throw damaged(data.isEmpty() ? "it has no pixel data" : "it has no palette");
    }
    long stored = data.stream().mapToLong(Data::length).sum();
    if (stored * MOST_EXPANSION < (long) rowBytes(width) * height) {
      throw truncated();
    }
    byte[] rgb = new byte[3 * width * height];
    try (Inflater inflater = new Inflater()) {
      if (interlaced) {
        for (int[] pass : ADAM7) {
          pass(inflater, rgb, pass[0], pass[1], pass[2], pass[3]);
        }
      } else {
        pass(inflater, rgb, 0, 0, 1, 1);
      }
    } catch (DataFormatException e) {
      throw damaged("its pixel data are not deflate data");
    }
    return new RgbImage(width, height, rgb);
  }

  private void pass(Inflater inflater, byte[] rgb, int left, int top, int stepX, int stepY)
      throws DataFormatException, RefusedException {
    int columns = (width - left + stepX - 1) / stepX;
    int rows = (height - top + stepY - 1) / stepY;
    if (columns <= 0 || rows <= 0) {
      return;
    }
    int bytesPerPixel = Math.max(1, channels() * depth / 8);
    byte[] row = new byte[rowBytes(columns)];
    byte[] above = new byte[row.length];
    byte[] filter = new byte[1];
    for (int y = 0; y < rows; y++) {
      stop.check();
      inflate(inflater, filter);
      inflate(inflater, row);
      unfilter(filter[0], row, above, bytesPerPixel);
      int to = 3 * ((top + y * stepY) * width + left);
      for (int x = 0; x < columns; x++, to += 3 * stepX) {
        pixel(row, x, rgb, to);
      }
      byte[] spare = above;
      above = row;
      row = spare;
    }
  }

  private void pixel(byte[] row, int x, byte[] rgb, int to) {
    switch (colour) {
      case COLOUR, COLOUR_ALPHA -> {
        int sample = depth / 8;
        int from = x * channels() * sample;
        rgb[to] = row[from];
        rgb[to + 1] = row[from + sample];
        rgb[to + 2] = row[from + 2 * sample];
      }
      case PALETTE -> {
        // An index past the palette's end is black, as in browsers.
        int entry = 3 * packed(row, x);
        byte[] entries = palette == null ? new byte[0] : palette;
        for (int i = 0; i < 3; i++) {
          rgb[to + i] = entry + i < entries.length ? entries[entry + i] : 0;
        }
      }
      default -> {
        byte value = grey(row, x * channels());
        rgb[to] = value;
        rgb[to + 1] = value;
        rgb[to + 2] = value;
      }
    }
  }

  private byte grey(byte[] row, int sample) {
    return switch (depth) {
      case 16 -> (byte) ((((row[2 * sample] & 0xFF) << 8 | (row[2 * sample + 1] & 0xFF)) * 255 + 32767) / 65535);
      case 8 -> row[sample];
      default -> (byte) (packed(row, sample) * 255 / ((1 << depth) - 1));
    };
  }

  private int packed(byte[] row, int sample) {
    int bit = sample * depth;
    return (row[bit >> 3] & 0xFF) >> (8 - depth - (bit & 7)) & ((1 << depth) - 1);
  }

  private void unfilter(int filter, byte[] row, byte[] above, int step) throws RefusedException {
    switch (filter) {
      case 0 -> {
      }
      case 1 -> {
        for (int i = step; i < row.length; i++) {
          row[i] += row[i - step];
        }
      }
      case 2 -> {
        for (int i = 0; i < row.length; i++) {
          row[i] += above[i];
        }
      }
      case 3 -> {
        for (int i = 0; i < row.length; i++) {
          int left = i >= step ? row[i - step] & 0xFF : 0;
          row[i] += (byte) ((left + (above[i] & 0xFF)) / 2);
        }
      }
      case 4 -> {
        for (int i = 0; i < row.length; i++) {
          int left = i >= step ? row[i - step] & 0xFF : 0;
          int corner = i >= step ? above[i - step] & 0xFF : 0;
          row[i] += (byte) paeth(left, above[i] & 0xFF, corner);
        }
      }
      default -> throw damaged("a row has filter " + (filter & 0xFF));
    }
  }

  private static int paeth(int left, int up, int corner) {
    int byLeft = Math.abs(up - corner);
    int byUp = Math.abs(left - corner);
    int byCorner = Math.abs(left + up - 2 * corner);
    if (byLeft <= byUp && byLeft <= byCorner) {
      return left;
    }
    return byUp <= byCorner ? up : corner;
  }

  private void inflate(Inflater inflater, byte[] target) throws DataFormatException, RefusedException {
    int have = 0;
    while (have < target.length) {
      int more = inflater.inflate(target, have, target.length - have);
      have += more;
      if (more == 0) {
        if (inflater.finished() || inflater.needsDictionary() || nextData == data.size()) {
          throw truncated();
        }
        Data next = data.get(nextData++);
        inflater.setInput(bytes, next.from, next.length);
      }
    }
  }

  private int channels() {
    return switch (colour) {
      case COLOUR -> 3;
      case COLOUR_ALPHA -> 4;
      case GREY_ALPHA -> 2;
      default -> 1;
    };
  }

  private int rowBytes(int columns) {
    return Math.ceilDiv(columns * channels() * depth, 8);
  }

  private String type(int at) {
    return new String(bytes, at, 4, StandardCharsets.ISO_8859_1);
  }

  private void checkCrc(int typeAt, int length) throws RefusedException {
    CRC32 crc = new CRC32();
    crc.update(bytes, typeAt, length + 4);
    if ((int) crc.getValue() != ByteBuffer.wrap(bytes).getInt(typeAt + 4 + length)) {
      throw damaged("the checksum of a chunk is wrong");
    }
  }

  private static RefusedException truncated() {
    return new RefusedException(RefusalCode.TRUNCATED, "the PNG file ends early");
  }

  private static RefusedException damaged(String how) {
    return new RefusedException(RefusalCode.DAMAGED, "the PNG file is damaged: " + how);
  }
}

package org.clarion.gateway.dicom;

import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.clarion.gateway.codec.AbortListener;
import org.clarion.gateway.codec.Codec;

/**
 * JPEG, lossless JPEG and JPEG 2000 frames to samples by decoders of other makers, after their headers were checked.
 */
final class CodedFrame {
  /** A picture that says more pixels than this per byte is refused before a decoder allocates them. */
  private static final long BEST_RATIO = 2000;
  private static final long ALWAYS_ALLOWED = 1 << 20;
  /** Lossless precisions that the decoder gives out; see {@link #lossless}. */
  private static final int EVERY_BIT = 16;

  private CodedFrame() {}

  /** Samples and what the frame's markers say of its colours. */
  record Decoded(Samples samples, boolean colourMarked) {}

  static Decoded jpeg(byte[] frame, ImageHeader image, BooleanSupplier stop) throws DicomException {
    JpegHeader header = JpegHeader.of(frame);
    header.check(image);
    if (header.kind() > 1 || header.precision() != 8) {
      throw new DicomException(Failure.INCONSISTENT, "the JPEG frame is of kind SOF" + header.kind() + " with "
          + header.precision() + " bits; the transfer syntax says baseline with 8");
    }
    byte[] samples = bytes(decode(Codec.JDK_JPEG, header.clean(), 0, image, true, stop), image, 1, 0);
    return new Decoded(Samples.decoded(samples, image, 1, 8), header.colourMarked());
  }

  /**
   * Lossless JPEG. The decoder refuses odd precisions, which digital radiographs have (15 bits). A frame's samples
   * depend on its precision only by the first prediction, 2^(precision - 1), to which every predictor adds differences:
   * so such a frame is decoded as if it had 16 bits, and the difference of the two first predictions taken off (ITU-T
   * T.81, annex H).
   */
  static Decoded lossless(byte[] frame, ImageHeader image, BooleanSupplier stop) throws DicomException {
    JpegHeader header = JpegHeader.of(frame);
    header.check(image);
    int precision = header.precision();
    if (header.kind() != 3 || precision < 2 || precision > EVERY_BIT) {
      throw new DicomException(Failure.INCONSISTENT, "the JPEG frame is of kind SOF" + header.kind() + " with "
          + precision + " bits; the transfer syntax says lossless with 2 to 16");
    }
    byte[] clean = header.clean();
    int surplus = 0;
    if (image.samples() == 1 && (precision < 8 || precision % 2 != 0)) {
      surplus = (1 << (EVERY_BIT - 1)) - (1 << (precision - 1));
      clean[precisionAt(clean)] = EVERY_BIT;
    }
    int width = precision > 8 ? 2 : 1;
    byte[] samples = bytes(decode(Codec.LOSSLESS_JPEG, clean, 0, image, false, stop), image, width, surplus);
    return new Decoded(Samples.decoded(samples, image, width, Math.min(8 * width, image.bitsStored())), header
        .colourMarked());
  }

  /** Where a clean frame keeps its precision: behind the marker and the length of its lossless frame header. */
  private static int precisionAt(byte[] clean) {
    int at = 2;
    while (clean[at + 1] != (byte) 0xC3) {
      at += clean[at + 1] == (byte) 0xFF ? 1 : 2 + Encoding.EXPLICIT_BIG.two(clean, at + 2);
    }
    return at + 4;
  }

  /** JPEG 2000. Where the codestream is signed, its own precision tells where the sign bit is. */
  static Decoded jpeg2000(byte[] frame, ImageHeader image, BooleanSupplier stop) throws DicomException {
    Jpeg2000Header header = Jpeg2000Header.of(frame);
    header.check(image);
    int width = header.precision() > 8 ? 2 : 1;
    byte[] samples = bytes(decode(Codec.JPEG_2000, frame, header.at(), image, true, stop), image, width, 0);
    int bits = header.signed() ? header.precision() : image.bitsStored();
    return new Decoded(Samples.decoded(samples, image, width, Math.min(8 * width, bits)), false);
  }

  /** Runs a decoder. Hostile frames make decoders throw anything, errors too. */
  private static Raster decode(Codec codec, byte[] frame, int from, ImageHeader image, boolean raw,
      BooleanSupplier stop) throws DicomException {
    if (image.pixels() > ALWAYS_ALLOWED + BEST_RATIO * frame.length) {
      throw new DicomException(Failure.TOO_LARGE, "the frame announces " + image.pixels() + " pixels in " + frame.length
          + " bytes");
    }
    checkEnd(frame);
    ImageReader reader = codec.reader();
    AtomicBoolean damaged = new AtomicBoolean();
    try (MemoryCacheImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(frame, from,
        frame.length - from))) {
      reader.setInput(in, true, true);
      // The JDK's decoder fills missing pixels with grey and only warns.
      reader.addIIOReadWarningListener((_, warning) -> damaged.compareAndSet(false, !warning.contains("extraneous")));
      reader.addIIOReadProgressListener(new AbortListener(stop));
      Raster raster = raw ? reader.readRaster(0, null) : reader.read(0).getRaster();
      if (damaged.get() || raster.getWidth() != image.columns() || raster.getHeight() != image.rows() || raster
          .getNumBands() != image.samples()) {
        throw new DicomException(Failure.MALFORMED, "the compressed frame is damaged");
      }
      return raster;
    } catch (DicomException e) {
      throw e;
    } catch (OutOfMemoryError e) {
      throw new DicomException(Failure.TOO_LARGE, "there is no memory to decode the frame");
    } catch (IOException | RuntimeException | Error e) {
      throw new DicomException(Failure.MALFORMED, "the compressed frame cannot be decoded: " + e.getClass()
          .getSimpleName());
    } finally {
      reader.dispose();
    }
  }

  /**
   * JPEG and JPEG 2000 end with FFD9, padding by 00 or FF aside; a decoder may take what a cut frame has left for all
   * of it.
   */
  private static void checkEnd(byte[] frame) throws DicomException {
    int end = frame.length;
    while (end > 2 && (frame[end - 1] == 0 || frame[end - 1] == (byte) 0xFF)) {
      end--;
    }
    if (end < 2 || Encoding.EXPLICIT_BIG.two(frame, end - 2) != 0xFFD9) {
      throw new DicomException(Failure.TRUNCATED, "the compressed frame has no end");
    }
  }

  /** A raster's samples, those of a pixel side by side, in one or two little-endian bytes. */
  private static byte[] bytes(Raster raster, ImageHeader image, int width, int surplus) {
    byte[] bytes = new byte[image.pixels() * image.samples() * width];
    int[] row = new int[image.columns() * image.samples()];
    int to = 0;
    for (int y = 0; y < image.rows(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, image.columns(), 1, row);
      for (int sample : row) {
        int value = sample - surplus;
        bytes[to++] = (byte) value;
        if (width == 2) {
          bytes[to++] = (byte) (value >> 8);
        }
      }
    }
    return bytes;
  }
}

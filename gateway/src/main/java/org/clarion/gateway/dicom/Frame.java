package org.clarion.gateway.dicom;

import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * The first frame, decoded.
 *
 * @param photometric
 *          what the samples mean now, after whatever the codec turned back
 * @param planar
 *          whether colour planes follow each other now
 */
record Frame(Samples samples, Photometric photometric, boolean planar) {

  static Frame first(DicomFile file, ImageHeader header, BooleanSupplier stop, Set<Notice> notices)
      throws DicomException {
    DataSet set = file.dataSet();
    Element pixels = set.element(Tag.PIXEL_DATA);
    if (pixels == null) {
      throw new DicomException(Failure.NO_PIXELS, "the file has no pixels");
    }
    return switch (header.syntax().pixels()) {
      case NATIVE -> stored(set.bytes(), pixels, header);
      case RLE -> new Frame(Samples.stored(RleFrame.decode(Fragments.firstFrame(set, pixels, header), header), 0,
          header, false), header.photometric(), false);
      case JPEG -> coloured(CodedFrame.jpeg(Fragments.firstFrame(set, pixels, header), header, stop), header, notices);
      case JPEG_LOSSLESS -> coloured(CodedFrame.lossless(Fragments.firstFrame(set, pixels, header), header, stop),
          header, notices);
      case JPEG_2000 -> new Frame(CodedFrame.jpeg2000(Fragments.firstFrame(set, pixels, header), header, stop)
          .samples(), header.photometric(), false);
    };
  }

  private static Frame stored(byte[] bytes, Element pixels, ImageHeader header) {
    if (pixels.encoding().big() && header.bitsAllocated() == 8 && pixels.vr() == Vr.OW) {
      // Bytes in big-endian words.
      byte[] swapped = new byte[pixels.length()];
      for (int i = 0; i < swapped.length; i++) {
        swapped[i] = bytes[pixels.at() + ((i ^ 1) < swapped.length ? i ^ 1 : i)];
      }
      return new Frame(Samples.stored(swapped, 0, header, false), header.photometric(), header.planar());
    }
    return new Frame(Samples.stored(bytes, pixels.at(), header, pixels.encoding().big()), header.photometric(), header
        .planar());
  }

  /** Many writers say RGB of frames whose markers say YCbCr; the markers are right. */
  private static Frame coloured(CodedFrame.Decoded decoded, ImageHeader header, Set<Notice> notices) {
    boolean other = header.photometric() == Photometric.RGB && decoded.colourMarked();
    if (other) {
      notices.add(Notice.COLOUR_SPACE);
    }
    return new Frame(decoded.samples(), other ? Photometric.YBR_FULL : header.photometric(), false);
  }
}

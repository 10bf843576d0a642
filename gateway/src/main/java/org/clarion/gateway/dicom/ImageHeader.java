package org.clarion.gateway.dicom;

import java.util.OptionalInt;

/**
 * The attributes that describe the pixels, checked against each other.
 *
 * @param rows
 *          pixels
 * @param columns
 *          pixels
 * @param samples
 *          per pixel, 1 or 3
 * @param bitsAllocated
 *          8, 16 or 32
 * @param signed
 *          whether stored values are two's complement
 * @param planar
 *          whether colour planes follow each other
 */
public record ImageHeader(int rows, int columns, int frames, int samples, Photometric photometric,
    TransferSyntax syntax, int bitsAllocated, int bitsStored, int highBit, boolean signed, boolean planar) {

  static ImageHeader of(DicomFile file, DicomLimits limits) throws DicomException {
    DataSet set = file.dataSet();
    Element pixels = set.element(Tag.PIXEL_DATA);
    if (pixels == null) {
      throw new DicomException(Failure.NO_PIXELS, "the file has no pixels: it is no picture");
    }
    int allocated = required(set, Tag.BITS_ALLOCATED, "Bits Allocated");
    int stored = required(set, Tag.BITS_STORED, "Bits Stored");
    OptionalInt high = set.number(Tag.HIGH_BIT);
    ImageHeader header = new ImageHeader(required(set, Tag.ROWS, "Rows"), required(set, Tag.COLUMNS, "Columns"),
        frames(set), set.number(Tag.SAMPLES_PER_PIXEL).orElse(1),
        Photometric.of(set.text(Tag.PHOTOMETRIC_INTERPRETATION)), file.syntax(), allocated, stored,
        high.orElse(stored - 1), flag(set, Tag.PIXEL_REPRESENTATION, "Pixel Representation"),
        flag(set, Tag.PLANAR_CONFIGURATION, "Planar Configuration"));
    header.checkBits();
    header.checkSamples();
    if (!file.syntax().encapsulated()) {
      header.checkNative(pixels);
    }
    limits.check(header.rows, header.columns);
    return header;
  }

  int pixels() {
    return rows * columns;
  }

  int bytesPerSample() {
    return bitsAllocated / 8;
  }

  private void checkBits() throws DicomException {
    if (rows < 1 || columns < 1) {
      throw inconsistent("the picture is " + columns + "x" + rows + " pixels");
    }
    if (bitsAllocated == 1) {
      throw new DicomException(Failure.UNSUPPORTED, "pictures of 1 bit per sample are not supported; 8, 16 and 32 are");
    }
    if (bitsAllocated != 8 && bitsAllocated != 16 && bitsAllocated != 32) {
      throw inconsistent("Bits Allocated is " + bitsAllocated + "; 8, 16 and 32 are legal");
    }
    if (bitsStored < 1 || bitsStored > bitsAllocated) {
      throw inconsistent("Bits Stored is " + bitsStored + "; 1 to " + bitsAllocated + " are legal");
    }
    if (highBit < bitsStored - 1 || highBit >= bitsAllocated) {
      throw inconsistent("High Bit is " + highBit + "; " + (bitsStored - 1) + " to " + (bitsAllocated - 1)
          + " are legal");
    }
  }

  private void checkSamples() throws DicomException {
    if (samples != photometric.samples()) {
      throw inconsistent("Samples per Pixel is " + samples + " where " + photometric.term() + " has "
          + photometric.samples());
    }
    if (!photometric.grey()
        && (bitsAllocated > 16 || (samples == 3 && bitsStored != 8) || (samples == 3 && bitsAllocated != 8))) {
      throw new DicomException(Failure.UNSUPPORTED, "colour of " + bitsStored + " bits in " + bitsAllocated
          + " is not supported; 8 bits per sample are");
    }
  }

  private void checkNative(Element pixels) throws DicomException {
    if (pixels.length() == Element.UNDEFINED) {
      throw new DicomException(Failure.MALFORMED, "the pixels have no length, and are not compressed");
    }
    if (photometric == Photometric.YBR_FULL_422) {
      throw new DicomException(Failure.UNSUPPORTED, "uncompressed YBR_FULL_422 is not supported; RGB and YBR_FULL are");
    }
    long frame = (long) rows * columns * samples * bytesPerSample();
    if (frame > pixels.length() / frames) {
      throw inconsistent(frames + " frames of " + columns + "x" + rows + " pixels, " + frame
          + " bytes each, do not fit the " + pixels.length() + " bytes of pixels");
    }
  }

  private static int frames(DataSet set) throws DicomException {
    double frames = set.decimal(Tag.NUMBER_OF_FRAMES).orElse(1);
    if (!(frames >= 1 && frames <= Integer.MAX_VALUE && frames == Math.rint(frames))) {
      throw inconsistent("Number of Frames is no number above 0");
    }
    return (int) frames;
  }

  private static int required(DataSet set, int tag, String name) throws DicomException {
    OptionalInt number = set.number(tag);
    if (number.isEmpty()) {
      throw inconsistent("the picture has no " + name);
    }
    return number.getAsInt();
  }

  private static boolean flag(DataSet set, int tag, String name) throws DicomException {
    int value = set.number(tag).orElse(0);
    if (value > 1) {
      throw inconsistent(name + " is " + value + "; 0 and 1 are legal");
    }
    return value == 1;
  }

  private static DicomException inconsistent(String what) {
    return new DicomException(Failure.INCONSISTENT, what);
  }
}

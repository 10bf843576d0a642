package org.clarion.gateway.dicom;

/** Colour samples to RGB: as they are, from YCbCr of full range, or through a palette. */
final class ColourRenderer {
  private static final float RED_BY_CR = 1.402f;
  private static final float BLUE_BY_CB = 1.772f;
  private static final float GREEN_BY_CB = (float) (-0.114 * 1.772 / 0.587);
  private static final float GREEN_BY_CR = (float) (-0.299 * 1.402 / 0.587);

  private ColourRenderer() {}

  static byte[] rgb(Frame frame, DataSet set) throws DicomException {
    return frame.photometric() == Photometric.PALETTE_COLOR ? palette(frame.samples(), set) : colour(frame);
  }

  private static byte[] colour(Frame frame) {
    Samples samples = frame.samples();
    int pixels = samples.count() / 3;
    int pixelStep = frame.planar() ? 1 : 3;
    int channelStep = frame.planar() ? pixels : 1;
    // A JPEG 2000 decoder has turned its own transforms back already.
    boolean ycc = frame.photometric() == Photometric.YBR_FULL || frame.photometric() == Photometric.YBR_FULL_422;
    byte[] rgb = new byte[3 * pixels];
    for (int i = 0; i < pixels; i++) {
      int first = (int) samples.at(i * pixelStep);
      int second = (int) samples.at(i * pixelStep + channelStep);
      int third = (int) samples.at(i * pixelStep + 2 * channelStep);
      if (ycc) {
        float blue = second - 128f;
        float red = third - 128f;
        rgb[3 * i] = level(first + RED_BY_CR * red);
        rgb[3 * i + 1] = level(first + GREEN_BY_CB * blue + GREEN_BY_CR * red);
        rgb[3 * i + 2] = level(first + BLUE_BY_CB * blue);
      } else {
        rgb[3 * i] = (byte) first;
        rgb[3 * i + 1] = (byte) second;
        rgb[3 * i + 2] = (byte) third;
      }
    }
    return rgb;
  }

  private static byte level(float value) {
    return (byte) Math.clamp((int) Math.floor(value + 0.5f), 0, 255);
  }

  private static byte[] palette(Samples samples, DataSet set) throws DicomException {
    if (set.has(Tag.SEGMENTED_PALETTE_DATA)) {
      throw new DicomException(Failure.UNSUPPORTED, "segmented palettes are not supported");
    }
    byte[] rgb = new byte[3 * samples.count()];
    for (int channel = 0; channel < 3; channel++) {
      LookupTable table = LookupTable.of(set, Tag.PALETTE_DESCRIPTOR + channel, Tag.PALETTE_DATA + channel, false);
      int shift = table.bits() > 8 ? table.bits() - 8 : 0;
      for (int i = 0; i < samples.count(); i++) {
        rgb[3 * i + channel] = (byte) (table.at(samples.at(i)) >> shift);
      }
    }
    return rgb;
  }
}

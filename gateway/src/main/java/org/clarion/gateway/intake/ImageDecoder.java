package org.clarion.gateway.intake;

import java.util.List;
import org.clarion.models.image.RgbImage;

/** Untrusted bytes to an upright RGB picture. Stateless; meant to run in {@link ImageIntake}'s threads. */
final class ImageDecoder {
  private ImageDecoder() {}

  /**
   * A picture.
   *
   * @param notes
   *          how it was read, for people
   */
  record Picture(ImageFormat format, RgbImage rgb, List<String> notes) {}

  /** Cheap checks first: size in bytes, format, size in pixels; only then anything is decoded. */
  static Picture decode(byte[] bytes, ImageLimits limits, Stop stop) throws RefusedException {
    limits.checkBytes(bytes.length);
    ImageFormat format = ImageFormat.of(bytes);
    return switch (format) {
      case JPEG -> new Picture(format, JpegDecoder.decode(bytes, limits, stop), List.of());
      case PNG -> new Picture(format, PngDecoder.decode(bytes, limits, stop), List.of());
      case DICOM -> DicomDecoder.decode(bytes, limits, stop);
    };
  }
}

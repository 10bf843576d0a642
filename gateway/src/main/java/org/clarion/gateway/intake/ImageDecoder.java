package org.clarion.gateway.intake;

import org.clarion.models.image.RgbImage;

/** Untrusted bytes to an upright RGB picture. Stateless; meant to run in {@link ImageIntake}'s threads. */
final class ImageDecoder {
  private ImageDecoder() {}

  record Picture(ImageFormat format, RgbImage rgb) {}

  /** Cheap checks first: size in bytes, format, size in pixels; only then anything is decoded. */
  static Picture decode(byte[] bytes, ImageLimits limits, Stop stop) throws RefusedException {
    limits.checkBytes(bytes.length);
    ImageFormat format = ImageFormat.of(bytes);
    return new Picture(format, switch (format) {
      case JPEG -> JpegDecoder.decode(bytes, limits, stop);
      case PNG -> PngDecoder.decode(bytes, limits, stop);
    });
  }
}

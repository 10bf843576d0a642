package org.clarion.gateway.intake;

import org.clarion.gateway.dicom.DicomException;
import org.clarion.gateway.dicom.DicomLimits;
import org.clarion.gateway.dicom.DicomPicture;
import org.clarion.gateway.dicom.DicomReader;
import org.clarion.gateway.dicom.Notice;

/**
 * DICOM to RGB by the standard's order of operations. Pixels that are not square need no care here: the encoder's
 * square stretches every picture.
 */
final class DicomDecoder {
  private DicomDecoder() {}

  static ImageDecoder.Picture decode(byte[] bytes, ImageLimits limits, Stop stop) throws RefusedException {
    try {
      DicomPicture picture = DicomReader.read(bytes, DicomLimits.of(limits.maxPixels(), limits.maxSide()),
          stop::requested);
      stop.check();
      return new ImageDecoder.Picture(ImageFormat.DICOM, picture.rgb(), picture.notices().stream().map(Notice::text)
          .sorted().toList());
    } catch (DicomException e) {
      stop.check();
      throw new RefusedException(switch (e.failure()) {
        case NOT_DICOM -> RefusalCode.NOT_RECOGNISED;
        case NO_PIXELS -> RefusalCode.NO_PIXELS;
        case TRUNCATED -> RefusalCode.TRUNCATED;
        case MALFORMED, INCONSISTENT, TOO_DEEP -> RefusalCode.DAMAGED;
        case TOO_LARGE -> RefusalCode.TOO_LARGE;
        case UNSUPPORTED -> RefusalCode.FORMAT_UNSUPPORTED;
      }, "the DICOM file cannot be read: " + e.getMessage());
    }
  }
}

package org.clarion.gateway.dicom;

import java.io.ByteArrayOutputStream;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Raw deflate (RFC 1951) with a cap on what comes out. */
final class Inflate {
  private static final int STEP = 1 << 16;

  private Inflate() {}

  static byte[] all(byte[] bytes, int from, int most) throws DicomException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(Math.min(most, 4 * (bytes.length - from) + STEP));
    byte[] step = new byte[STEP];
    try (Inflater inflater = new Inflater(true)) {
      inflater.setInput(bytes, from, bytes.length - from);
      while (!inflater.finished()) {
        int count = inflater.inflate(step);
        if (count > most - out.size()) {
          throw new DicomException(Failure.TOO_LARGE,
              "the deflated data set has more than " + most + " bytes when it is inflated");
        }
        out.write(step, 0, count);
        if (count == 0 && !inflater.finished()) {
          if (inflater.needsDictionary()) {
            throw new DicomException(Failure.MALFORMED, "the deflated data set needs a dictionary");
          }
          throw new DicomException(Failure.TRUNCATED, "the deflated data set ends early");
        }
      }
    } catch (DataFormatException e) {
      throw new DicomException(Failure.MALFORMED, "the deflated data set is damaged");
    }
    return out.toByteArray();
  }
}

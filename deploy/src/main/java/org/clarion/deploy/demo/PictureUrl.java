package org.clarion.deploy.demo;

import java.util.Base64;

/** A picture as requests carry it: a data URL with the type that its first bytes tell. */
public final class PictureUrl {
  private static final int PREAMBLE = 128;

  private PictureUrl() {}

  /** The URL of a JPEG, PNG or DICOM file. */
  public static String of(byte[] file) {
    return "data:" + type(file) + ";base64," + Base64.getEncoder().encodeToString(file);
  }

  private static String type(byte[] file) {
    if (file.length > 0 && file[0] == (byte) 0x89) {
      return "image/png";
    }
    // "DICM" behind the preamble (DICOM PS3.10, section 7.1).
    return file.length > PREAMBLE && file[0] != (byte) 0xFF && file[PREAMBLE] == 'D'
        ? "application/dicom"
        : "image/jpeg";
  }
}

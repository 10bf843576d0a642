package org.clarion.gateway.intake;

/** Why an upload was not taken. The codes are part of the API and do not change. */
public enum RefusalCode {
  /** No bytes at all. */
  EMPTY("image_empty"),
  /** The first bytes are of no known picture format. */
  NOT_RECOGNISED("image_not_recognised"),
  /** A format or a variant of one that is not decoded here; the message names it. */
  FORMAT_UNSUPPORTED("image_format_unsupported"),
  /** More bytes than allowed. */
  TOO_LARGE("image_too_large"),
  /** More pixels, or a longer side, than allowed. */
  TOO_MANY_PIXELS("image_too_many_pixels"),
  /** A DICOM file without a picture, such as a report. */
  NO_PIXELS("image_no_pixels"),
  /** The file ends early. */
  TRUNCATED("image_truncated"),
  /** The file contradicts itself. */
  DAMAGED("image_damaged"),
  /** Decoding took longer than allowed. */
  TIMEOUT("image_timeout"),
  /** Too many pictures are waiting to be decoded; trying again later helps. */
  BUSY("image_busy"),
  /** A URL that would have to be fetched. */
  URL_UNSUPPORTED("image_url_unsupported"),
  /** A data URL that cannot be read. */
  DATA_URL_INVALID("image_data_url_invalid");

  private final String code;

  RefusalCode(String code) {
    this.code = code;
  }

  /** The code as clients see it. */
  public String code() {
    return code;
  }
}

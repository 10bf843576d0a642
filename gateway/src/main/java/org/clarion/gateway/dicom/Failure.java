package org.clarion.gateway.dicom;

/** Classes of files that are not read. */
public enum Failure {
  /** Neither a DICOM file nor a naked data set. */
  NOT_DICOM,
  /** A data set without a picture, such as a report. */
  NO_PIXELS,
  /** The file ends inside something that it announced. */
  TRUNCATED,
  /** Against the encoding's rules, or a compressed frame that cannot be decoded. */
  MALFORMED,
  /** Attributes that contradict each other, the pixels, or the standard. */
  INCONSISTENT,
  /** Sequences nested deeper than any real file's. */
  TOO_DEEP,
  /** More pixels, elements or inflated bytes than allowed. */
  TOO_LARGE,
  /** Legal, but not decoded here; the message names it. */
  UNSUPPORTED
}

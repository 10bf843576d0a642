package org.clarion.gateway.dicom;

/** A file was not read. The message names sizes and attributes, never what an attribute says of a person. */
public final class DicomException extends Exception {
  private final Failure failure;

  DicomException(Failure failure, String message) {
    super(message, null, false, false);
    this.failure = failure;
  }

  /** Why. */
  public Failure failure() {
    return failure;
  }
}

package org.clarion.gateway.dicom;

/** What samples mean (PS3.3, C.7.6.3.1.2), for those that are read. */
public enum Photometric {
  MONOCHROME1("MONOCHROME1", 1), MONOCHROME2("MONOCHROME2", 1), PALETTE_COLOR("PALETTE COLOR", 1), RGB("RGB",
      3), YBR_FULL("YBR_FULL",
          3), YBR_FULL_422("YBR_FULL_422", 3), YBR_ICT("YBR_ICT", 3), YBR_RCT("YBR_RCT", 3);

  private final String term;
  private final int samples;

  Photometric(String term, int samples) {
    this.term = term;
    this.samples = samples;
  }

  /** The standard's term. */
  public String term() {
    return term;
  }

  int samples() {
    return samples;
  }

  boolean grey() {
    return this == MONOCHROME1 || this == MONOCHROME2;
  }

  static Photometric of(String term) throws DicomException {
    for (Photometric photometric : values()) {
      if (photometric.term.equals(term)) {
        return photometric;
      }
    }
    // The text is not shown: in a damaged file it may be anything.
    throw term.isEmpty()
        ? new DicomException(Failure.INCONSISTENT, "the file has no Photometric Interpretation")
        : new DicomException(Failure.UNSUPPORTED, "the Photometric Interpretation is none of those that are supported");
  }
}

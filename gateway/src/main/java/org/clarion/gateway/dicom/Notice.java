package org.clarion.gateway.dicom;

/** What a reader of the picture should know about how it was read; none of these stops the reading. */
public enum Notice {
  NO_TRANSFER_SYNTAX("the file names no transfer syntax; it was guessed from the first element"), ILLEGAL_WINDOW(
      "the window's centre or width is illegal; percentiles were taken instead"), UNKNOWN_FUNCTION(
          "the VOI LUT function is unknown; LINEAR was taken"), SEVERAL_WINDOWS(
              "the file has several windows; the first was taken"), SEVERAL_TABLES(
                  "the file has several VOI lookup tables; the first was taken"), NO_WINDOW(
                      "the file has no window; percentiles 0.5 and 99.5 of the pixels were taken"), SLOPE_BESIDE_TABLE(
                          "the file has a modality lookup table and a rescale slope; the table was taken"), SEVERAL_FRAMES(
                              "the file has several frames; the first was taken"), FUNCTIONAL_GROUPS(
                                  "the file has functional groups, which are not applied"), PIXELS_NOT_SQUARE(
                                      "the pixels are not square"), FOR_PROCESSING(
                                          "the picture is meant for processing, not for presentation"), BURNED_IN_ANNOTATION(
                                              "the file says that text is burned into the pixels"), LOSSY(
                                                  "the picture was compressed with loss"), COLOUR_SPACE(
                                                      "the frame's colour space is not the one that the data set names; the frame's was taken");

  private final String text;

  Notice(String text) {
    this.text = text;
  }

  /** For people. */
  public String text() {
    return text;
  }
}

package org.clarion.gateway.dicom;

/** Attributes that are looked at: group in the upper, element in the lower 16 bits. Source: PS3.6. */
final class Tag {
  static final int TRANSFER_SYNTAX = 0x00020010;
  static final int SPECIFIC_CHARACTER_SET = 0x00080005;
  static final int MODALITY = 0x00080060;
  static final int PRESENTATION_INTENT = 0x00080068;
  static final int PATIENT_NAME = 0x00100010;
  static final int IMAGER_PIXEL_SPACING = 0x00181164;
  static final int SAMPLES_PER_PIXEL = 0x00280002;
  static final int PHOTOMETRIC_INTERPRETATION = 0x00280004;
  static final int PLANAR_CONFIGURATION = 0x00280006;
  static final int NUMBER_OF_FRAMES = 0x00280008;
  static final int ROWS = 0x00280010;
  static final int COLUMNS = 0x00280011;
  static final int PIXEL_SPACING = 0x00280030;
  static final int PIXEL_ASPECT_RATIO = 0x00280034;
  static final int BITS_ALLOCATED = 0x00280100;
  static final int BITS_STORED = 0x00280101;
  static final int HIGH_BIT = 0x00280102;
  static final int PIXEL_REPRESENTATION = 0x00280103;
  static final int PIXEL_PADDING_VALUE = 0x00280120;
  static final int PIXEL_PADDING_RANGE_LIMIT = 0x00280121;
  static final int BURNED_IN_ANNOTATION = 0x00280301;
  static final int WINDOW_CENTER = 0x00281050;
  static final int WINDOW_WIDTH = 0x00281051;
  static final int RESCALE_INTERCEPT = 0x00281052;
  static final int RESCALE_SLOPE = 0x00281053;
  static final int VOI_LUT_FUNCTION = 0x00281056;
  /** Red; green and blue follow. */
  static final int PALETTE_DESCRIPTOR = 0x00281101;
  static final int PALETTE_DATA = 0x00281201;
  static final int SEGMENTED_PALETTE_DATA = 0x00281221;
  static final int LOSSY_COMPRESSION = 0x00282110;
  static final int MODALITY_LUT_SEQUENCE = 0x00283000;
  static final int LUT_DESCRIPTOR = 0x00283002;
  static final int LUT_DATA = 0x00283006;
  static final int VOI_LUT_SEQUENCE = 0x00283010;
  static final int PRESENTATION_LUT_SHAPE = 0x20500020;
  static final int SHARED_FUNCTIONAL_GROUPS = 0x52009229;
  static final int PIXEL_DATA = 0x7FE00010;
  static final int ITEM = 0xFFFEE000;
  static final int ITEM_END = 0xFFFEE00D;
  static final int SEQUENCE_END = 0xFFFEE0DD;

  private Tag() {}

  /** As the standard writes it: (gggg,eeee). */
  static String name(int tag) {
    return String.format("(%04X,%04X)", tag >>> 16, tag & 0xFFFF);
  }
}

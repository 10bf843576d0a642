package org.clarion.gateway.dicom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stored values to grey, one step at a time; expected levels are worked out by hand from PS3.3, C.11. */
class GreyTest {
  @Test
  void onlyStoredBitsCount() throws DicomException {
    // 10 bits below bit 13; the other bits are dirty.
    Files file = row(0xC005 | 1 << 4, 0xC005 | 512 << 4, 0xC005 | 1023 << 4).bits(16, 10, 13, 0);
    assertThat(read(file).stored()).isEqualTo(new PixelStatistics(1, 1023, 512));
    assertThat(read(file.bits(16, 10, 13, 1)).stored()).isEqualTo(new PixelStatistics(-512, 1, -512 / 3.0));
  }

  @ParameterizedTest
  @CsvSource({"LINEAR, 100, 101, 1 129 255 255", "LINEAR_EXACT, 100, 100, 0 128 255 255",
      "SIGMOID, 100, 100, 30 128 225 255", "LINEAR, 100, 1, 0 255 255 255", "LINEAR_EXACT, 100, 0.5, 0 128 255 255"})
  void windowsFollowTheirFunction(String function, String center, String width, String levels) throws DicomException {
    assertThat(levels(row(50, 100, 150, 4000).window(function, center, width))).isEqualTo(levels);
  }

  @Test
  void slopesMayBeNegative() throws DicomException {
    Files file = row(0, 50, 100).window("LINEAR_EXACT", "50", "100").text(Tag.RESCALE_SLOPE, "DS", "-1").text(
        Tag.RESCALE_INTERCEPT, "DS", "100");
    assertThat(levels(file)).isEqualTo("255 128 0");
  }

  @Test
  void aModalityTableBeatsASlope() throws DicomException {
    Files file = row(4, 5, 6, 7, 8).window("LINEAR_EXACT", "127.5", "255").text(Tag.RESCALE_SLOPE, "DS", "9").table(
        Tag.MODALITY_LUT_SEQUENCE, 5, 8, 10, 20, 30);
    assertThat(levels(file)).isEqualTo("10 10 20 30 30");
    assertThat(read(file).notices()).containsExactly(Notice.SLOPE_BESIDE_TABLE);
    file.implicit().table(Tag.MODALITY_LUT_SEQUENCE, 5, 8, 10, 20, 30);
    assertThat(levels(file)).isEqualTo("10 10 20 30 30");
  }

  @Test
  void aVoiTableBeatsAWindow() throws DicomException {
    Files file = row(0, 1, 2).table(Tag.VOI_LUT_SEQUENCE, 0, 12, 0, 819, 4095);
    assertThat(levels(file)).isEqualTo("0 51 255");
    assertThat(read(file).voi()).containsInstanceOf(Voi.Table.class);
  }

  @Test
  void inversionHappensOnce() throws DicomException {
    Files file = row(0, 25, 100).window("LINEAR_EXACT", "50", "100");
    assertThat(levels(file)).isEqualTo("0 64 255");
    assertThat(levels(file.text(Tag.PRESENTATION_LUT_SHAPE, "CS", "INVERSE"))).isEqualTo("255 191 0");
    assertThat(levels(file.text(Tag.PHOTOMETRIC_INTERPRETATION, "CS", "MONOCHROME1"))).isEqualTo("255 191 0");
    assertThat(levels(file.without(Tag.PRESENTATION_LUT_SHAPE))).isEqualTo("255 191 0");
  }

  @Test
  void paddingIsBlackAndCountsForNothing() throws DicomException {
    Files file = row(2000, 10, 25, 30, 2005).without(Tag.WINDOW_CENTER).number(Tag.PIXEL_PADDING_VALUE, 2000).number(
        Tag.PIXEL_PADDING_RANGE_LIMIT, 2010).text(Tag.PHOTOMETRIC_INTERPRETATION, "CS", "MONOCHROME1");
    assertThat(levels(file)).isEqualTo("0 255 64 0 0");
    assertThat(read(file).voi())
        .hasValueSatisfying(voi -> assertThat(voi).isInstanceOfSatisfying(Voi.Range.class, range -> {
          assertThat(range.low()).isCloseTo(10.15, within(1e-9));
          assertThat(range.high()).isCloseTo(29.95, within(1e-9));
        }));
  }

  @Test
  void percentilesOfValuesThatAreManyAreSorted() throws DicomException {
    Files file = row(0, 0, 0, 0x7FFF, 0xFFFF, 0xFFFF).bits(32, 32, 31, 0).number(Tag.COLUMNS, 3).without(
        Tag.WINDOW_CENTER);
    // 0, 2147418112, 4294967295
    assertThat(levels(file)).isEqualTo("0 127 255");
    assertThat(levels(file.bits(32, 32, 31, 1))).isEqualTo("0 255 0");
  }

  @Test
  void aConstantPictureIsBlack() throws DicomException {
    Files file = row(7, 7, 7).without(Tag.WINDOW_WIDTH);
    assertThat(levels(file)).isEqualTo("0 0 0");
    assertThat(read(file).voi()).contains(new Voi.Constant(7));
    assertThat(read(file).notices()).containsExactly(Notice.NO_WINDOW);
  }

  @ParameterizedTest
  @CsvSource({"0", "-50", "wide", "1e999", "NaN", "0x1p3"})
  void anIllegalWindowIsReplacedAndSaid(String width) throws DicomException {
    DicomPicture picture = read(row(0, 10, 20).window("LINEAR", "10", width));
    assertThat(picture.notices()).containsExactly(Notice.ILLEGAL_WINDOW);
    assertThat(picture.voi()).containsInstanceOf(Voi.Range.class);
  }

  @Test
  void theFirstOfSeveralIsTaken() throws DicomException {
    Files file = row(0, 50, 100, 1, 1, 1).number(Tag.COLUMNS, 3).text(Tag.NUMBER_OF_FRAMES, "IS", "2").window(
        "LINEAR_EXACT", "50\\9", "100\\1");
    assertThat(levels(file)).isEqualTo("0 128 255");
    assertThat(read(file).notices()).containsExactlyInAnyOrder(Notice.SEVERAL_FRAMES, Notice.SEVERAL_WINDOWS);
  }

  private static Files row(int... pixels) {
    return Files.radiograph().number(Tag.ROWS, 1).number(Tag.COLUMNS, pixels.length).bits(16, 16, 15, 0).pixels(pixels);
  }

  private static DicomPicture read(Files file) throws DicomException {
    return DicomReaderTest.read(file.bytes());
  }

  private static String levels(Files file) throws DicomException {
    byte[] rgb = read(file).rgb().rgb();
    StringBuilder levels = new StringBuilder();
    for (int i = 0; i < rgb.length; i += 3) {
      assertThat(List.of(rgb[i + 1], rgb[i + 2])).containsOnly(rgb[i]);
      levels.append(i == 0 ? "" : " ").append(rgb[i] & 0xFF);
    }
    return levels.toString();
  }
}

package org.clarion.gateway.dicom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Encodings and transfer syntaxes; {@link GreyTest} has the way from stored values to grey. */
class DicomReaderTest {
  static final DicomLimits LIMITS = new DicomLimits(32 << 20, 65535, 1 << 20);

  static Stream<Arguments> pictures() throws IOException {
    return new String(Files.resource("pictures.csv"), StandardCharsets.UTF_8).lines()
        .filter(line -> !line.startsWith("#")).map(line -> Arguments.of((Object[]) line.split(",", 2)));
  }

  @ParameterizedTest
  @MethodSource("pictures")
  void everyLosslessEncodingGivesTheReferencesPicture(String name, String sha256)
      throws IOException, DicomException, NoSuchAlgorithmException {
    byte[] rgb = read(Files.resource(name)).rgb().rgb();
    assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(rgb))).isEqualTo(sha256);
  }

  @ParameterizedTest
  @CsvSource({"jpeg_baseline_grey, 1", "jpeg_baseline_three_fragments, 1", "jpeg_baseline_colour, 12"})
  void baselineJpegIsWithinAFewLevelsOfTheReference(String name, int levels) throws IOException, DicomException {
    DicomPicture picture = read(Files.resource(name + ".dcm"));
    var raster = ImageIO.read(new ByteArrayInputStream(Files.resource(name + ".png"))).getRaster();
    int worst = 0;
    for (int i = 0; i < picture.rgb().rgb().length; i++) {
      int pixel = i / 3;
      int expected = raster.getSample(pixel % 80, pixel / 80, raster.getNumBands() == 1 ? 0 : i % 3);
      worst = Math.max(worst, Math.abs((picture.rgb().rgb()[i] & 0xFF) - expected));
    }
    assertThat(worst).isLessThanOrEqualTo(levels);
    assertThat(picture.notices()).contains(Notice.LOSSY);
  }

  @Test
  void explicitImplicitAndNakedDataSetsAreTheSamePicture() throws DicomException {
    byte[] expected = read(Files.radiograph().bytes()).rgb().rgb();
    assertThat(read(Files.radiograph().implicit().bytes()).rgb().rgb()).isEqualTo(expected);
    for (byte[] naked : new byte[][]{Files.radiograph().naked().bytes(), Files.radiograph().implicit().naked()
        .bytes()}) {
      DicomPicture picture = read(naked);
      assertThat(picture.rgb().rgb()).isEqualTo(expected);
      assertThat(picture.notices()).contains(Notice.NO_TRANSFER_SYNTAX);
    }
  }

  @ParameterizedTest
  @ValueSource(bytes = {0, -1})
  void aFrameMayBePaddedToAnEvenLength(byte padding) throws DicomException {
    byte[] frame = LosslessJpeg.encode(new int[120], 10, 12, 12);
    byte[] padded = Arrays.copyOf(frame, frame.length + 2);
    Arrays.fill(padded, frame.length, padded.length, padding);
    byte[] file = Files.radiograph().syntax("1.2.840.10008.1.2.4.70").bits(16, 12, 11, 0).frame(padded).bytes();
    assertThat(read(file).stored()).isEqualTo(new PixelStatistics(0, 0, 0));
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 8, 9, 10, 12, 13, 15, 16})
  void losslessJpegOfEveryPrecisionIsExact(int precision) throws DicomException {
    int[] samples = new int[120];
    Random random = new Random(precision);
    for (int i = 0; i < samples.length; i++) {
      samples[i] = random.nextInt(1 << precision);
    }
    int allocated = precision > 8 ? 16 : 8;
    byte[] file = Files.radiograph().syntax("1.2.840.10008.1.2.4.70").bits(allocated, precision, precision - 1, 0)
        .frame(LosslessJpeg.encode(samples, 10, 12, precision)).bytes();
    DicomPicture picture = read(file);
    assertThat(picture.stored()).isEqualTo(new PixelStatistics(Arrays.stream(samples).min().orElseThrow(),
        Arrays.stream(samples).max().orElseThrow(), Arrays.stream(samples).average().orElseThrow()));
  }

  @Test
  void colourIsReadInEveryOrder() throws DicomException {
    byte[] interleaved = {1, 2, 3, 4, 5, 6};
    byte[] planar = {1, 4, 2, 5, 3, 6};
    Files file = Files.radiograph().number(Tag.SAMPLES_PER_PIXEL, 3).text(Tag.PHOTOMETRIC_INTERPRETATION, "CS", "RGB")
        .number(Tag.ROWS, 1).number(Tag.COLUMNS, 2).bits(8, 8, 7, 0);
    assertThat(read(file.value(Tag.PIXEL_DATA, "OB", interleaved).bytes()).rgb().rgb()).isEqualTo(interleaved);
    file.number(Tag.PLANAR_CONFIGURATION, 1).value(Tag.PIXEL_DATA, "OB", planar);
    assertThat(read(file.bytes()).rgb().rgb()).isEqualTo(interleaved);
    file.number(Tag.PLANAR_CONFIGURATION, 0).text(Tag.PHOTOMETRIC_INTERPRETATION, "CS", "YBR_FULL");
    // Y 76, Cb 85, Cr 255 is red; Y 150, Cb 44, Cr 21 is green.
    byte[] rgb = read(file.value(Tag.PIXEL_DATA, "OB", new byte[]{76, 85, -1, (byte) 150, 44, 21}).bytes()).rgb()
        .rgb();
    assertThat(rgb).containsExactly(254, 0, 0, 0, 255, 1);
  }

  @Test
  void namesAreDecodedFromTheirCharacterSets() throws IOException, DicomException {
    assertThat(DicomReader.patientName(Files.resource("charset_iso2022_ir87.dcm"), LIMITS)).isEqualTo(
        "Yamada^Tarou=山田^太郎=やまだ^たろう");
    Files file = Files.radiograph().text(Tag.SPECIFIC_CHARACTER_SET, "CS", "ISO_IR 192").value(Tag.PATIENT_NAME, "PN",
        "Zoë=山田 ".getBytes(StandardCharsets.UTF_8));
    assertThat(DicomReader.patientName(file.bytes(), LIMITS)).isEqualTo("Zoë=山田");
    file.text(Tag.SPECIFIC_CHARACTER_SET, "CS", "ISO_IR 100").text(Tag.PATIENT_NAME, "PN", "Jérôme^Ø");
    assertThat(DicomReader.patientName(file.bytes(), LIMITS)).isEqualTo("Jérôme^Ø");
  }

  @Test
  void aPictureSaysWhatIsOddAboutItAndNothingOfThePatient() throws DicomException {
    DicomPicture picture = read(Files.radiograph().text(Tag.PRESENTATION_INTENT, "CS", "FOR PROCESSING").text(
        Tag.BURNED_IN_ANNOTATION, "CS", "YES").text(Tag.PIXEL_ASPECT_RATIO, "IS", "2\\1").bytes());
    assertThat(picture.notices()).containsExactlyInAnyOrder(Notice.FOR_PROCESSING, Notice.BURNED_IN_ANNOTATION,
        Notice.PIXELS_NOT_SQUARE);
    assertThat(picture.modality()).isEqualTo("DX");
    assertThat(picture.toString()).doesNotContain("Secret");
  }

  @Test
  void nobodyWaiting() {
    assertThatThrownBy(() -> DicomReader.read(Files.radiograph().bytes(), LIMITS, () -> true))
        .isInstanceOf(DicomException.class);
  }

  static DicomPicture read(byte[] file) throws DicomException {
    return DicomReader.read(file, LIMITS, () -> false);
  }
}

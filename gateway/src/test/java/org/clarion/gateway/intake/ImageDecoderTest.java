package org.clarion.gateway.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import org.clarion.models.image.BicubicResize;
import org.clarion.models.image.RgbImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
  private static final ImageLimits LIMITS = ImageLimits.standard();

  static Stream<Arguments> resized() throws IOException {
    return new String(Pictures.resource("resized.csv"), StandardCharsets.UTF_8).lines()
        .filter(line -> !line.startsWith("#")).map(line -> Arguments.of((Object[]) line.split(",", 2)));
  }

  @ParameterizedTest
  @MethodSource("resized")
  void everyKindOfPngBecomesWhatPillowMakesOfIt(String name, String sha256)
      throws IOException, RefusedException, NoSuchAlgorithmException {
    RgbImage picture = decode(Pictures.resource("inputs/" + name));
    byte[] rgb = BicubicResize.resize(picture, 224, 224).rgb();
    assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(rgb))).isEqualTo(sha256);
  }

  @ParameterizedTest
  @CsvSource({"exif_1, 3", "exif_2, 3", "exif_3, 3", "exif_4, 3", "exif_5, 3", "exif_6, 3", "exif_7, 3", "exif_8, 3",
      "exif_invalid, 3", "grey, 1", "progressive_420, 3", "full_444, 3", "cmyk, 3"})
  void jpegIsUprightAndWithinAFewLevelsOfPillow(String name, int levels) throws IOException, RefusedException {
    RgbImage picture = decode(Pictures.resource("inputs/" + name + ".jpg"));
    RgbImage expected = Pictures.reference("decoded/" + name + "_jpg.png");
    assertThat(picture.width() + "x" + picture.height()).isEqualTo(expected.width() + "x" + expected.height());
    int worst = 0;
    for (int i = 0; i < picture.rgb().length; i++) {
      worst = Math.max(worst, Math.abs((picture.rgb()[i] & 0xFF) - (expected.rgb()[i] & 0xFF)));
    }
    assertThat(worst).isLessThanOrEqualTo(levels);
  }

  @Test
  void interlacedPicturesAreWoven() throws RefusedException {
    // 3x3, 8-bit grey, Adam7: passes 1 (1 pixel), 4 (1 of column 2), 5 (row 2), 6 (column 1), 7 (row 1).
    byte[] rows = {0, 1, 0, 3, 0, 7, 9, 0, 2, 0, 8, 0, 4, 5, 6};
    RgbImage picture = decode(Pictures.png(3, 3, 8, 0, 1, rows));
    byte[] red = new byte[9];
    for (int i = 0; i < 9; i++) {
      red[i] = picture.rgb()[3 * i];
    }
    assertThat(red).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
  }

  @ParameterizedTest
  @CsvSource({"60000, 60000", "16385, 1", "1, 16385", "9000, 9000"})
  void aBombIsRefusedByItsHeader(int width, int height) {
    assertThatThrownBy(() -> decode(Pictures.png(width, height, 8, 2, 0, new byte[1000])))
        .isInstanceOfSatisfying(RefusedException.class, e -> {
          assertThat(e.refusal().code()).isEqualTo(RefusalCode.TOO_MANY_PIXELS);
          assertThat(e.refusal().message()).contains(width + "x" + height).contains("67108864").contains("16384");
        });
  }

  @Test
  void aJpegBombIsRefusedByItsHeader() throws IOException {
    byte[] file = Pictures.resource("inputs/exif_1.jpg");
    int frame = 0;
    while (file[frame] != (byte) 0xFF || file[frame + 1] != (byte) 0xC0) {
      frame++;
    }
    Arrays.fill(file, frame + 5, frame + 9, (byte) 0xEA);
    assertThat(refusal(file).code()).isEqualTo(RefusalCode.TOO_MANY_PIXELS);
    assertThat(refusal(file).message()).contains("60138x60138");
  }

  @Test
  void aHeaderThatPromisesMoreThanItsDataIsRefusedBeforeAllocation() {
    assertThat(refusal(Pictures.png(8000, 8000, 8, 2, 0, new byte[10])).code()).isEqualTo(RefusalCode.TRUNCATED);
  }

  @Test
  void tooManyBytesAreRefused() {
    ImageLimits small = new ImageLimits(10, 100, 10, Duration.ofSeconds(1));
    assertThatThrownBy(() -> ImageDecoder.decode(new byte[11], small, () -> false)).hasMessageContaining("11 bytes")
        .hasMessageContaining("10");
  }

  @ParameterizedTest
  @CsvSource({"GIF89a, GIF", "II*\0abc, TIFF", "%PDF-1.7, PDF", "<svg xmlns, SVG", "BMxx, BMP"})
  void otherFormatsAreNamed(String start, String name) {
    Refusal refusal = refusal(start.getBytes(StandardCharsets.ISO_8859_1));
    assertThat(refusal.code()).isEqualTo(RefusalCode.FORMAT_UNSUPPORTED);
    assertThat(refusal.message()).contains(name);
  }

  @Test
  void whatIsNoPictureIsNotRecognised() throws IOException {
    assertThat(refusal(new byte[0]).code()).isEqualTo(RefusalCode.EMPTY);
    assertThat(refusal("hello".getBytes(StandardCharsets.UTF_8)).code()).isEqualTo(RefusalCode.NOT_RECOGNISED);
    assertThat(refusal(Pictures.resource("inputs/picture.bmp")).message()).contains("BMP");
    byte[] dicom = new byte[140];
    System.arraycopy("DICM".getBytes(StandardCharsets.US_ASCII), 0, dicom, 128, 4);
    assertThat(refusal(dicom).code()).isEqualTo(RefusalCode.NO_PIXELS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgb.png", "palette.png", "exif_6.jpg", "progressive_420.jpg", "cmyk.jpg"})
  void everyCutIsAnError(String name) throws IOException {
    byte[] file = Pictures.resource("inputs/" + name);
    Random random = new Random(3);
    for (int i = 0; i < 60; i++) {
      int length = i < 20 ? i + 8 : 28 + random.nextInt(file.length - 28);
      assertThat(refusal(Arrays.copyOf(file, length)).code()).as("%s cut to %d", name, length)
          .isIn(RefusalCode.TRUNCATED, RefusalCode.DAMAGED);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgb16.png", "grey_alpha.png", "bilevel.png", "exif_5.jpg", "progressive_420.jpg",
      "cmyk.jpg"})
  void flippedBitsGiveAPictureOrARefusalAndNothingElse(String name) throws IOException {
    byte[] file = Pictures.resource("inputs/" + name);
    Random random = new Random(4);
    ImageLimits limits = new ImageLimits(1 << 20, 1 << 20, 4096, Duration.ofSeconds(5));
    for (int i = 0; i < 150; i++) {
      byte[] flipped = file.clone();
      for (int flips = random.nextInt(4); flips >= 0; flips--) {
        // Half of the flips hit the headers.
        int at = random.nextInt(random.nextBoolean() ? flipped.length : 64);
        flipped[at] ^= (byte) (1 << random.nextInt(8));
      }
      try (ImageIntake intake = new ImageIntake(limits, 1, 1)) {
        assertThat(intake.accept(flipped, 14).join()).satisfiesAnyOf(
            result -> assertThat(result).isInstanceOf(IntakeResult.Accepted.class),
            result -> assertThat(result).isInstanceOfSatisfying(IntakeResult.Refused.class,
                refused -> assertThat(refused.refusal().code()).isNotIn(RefusalCode.TIMEOUT, RefusalCode.BUSY)));
      }
    }
  }

  @Test
  void everyHeaderWithAnyDataGivesAPictureOrARefusal() {
    Random random = new Random(6);
    int pictures = 0;
    int[] depths = {1, 2, 4, 8, 16, 3};
    for (int i = 0; i < 1500; i++) {
      int width = 1 + random.nextInt(20);
      int height = 1 + random.nextInt(20);
      byte[] rows = new byte[random.nextInt(4000)];
      if (i % 3 == 0) {
        random.nextBytes(rows);
      }
      byte[] file = Pictures.png(width, height, depths[random.nextInt(6)], random.nextInt(7), random.nextInt(2), rows);
      try {
        assertThat(decode(file).width()).isEqualTo(width);
        pictures++;
      } catch (RefusedException e) {
        assertThat(e.refusal().code()).isIn(RefusalCode.TRUNCATED, RefusalCode.DAMAGED);
      }
    }
    assertThat(pictures).isGreaterThan(100);
  }

  @Test
  void aPngWithAWrongChecksumIsDamaged() throws IOException {
    byte[] file = Pictures.resource("inputs/rgb.png");
    file[file.length / 2] ^= 4;
    assertThat(refusal(file).code()).isEqualTo(RefusalCode.DAMAGED);
  }

  private static RgbImage decode(byte[] bytes) throws RefusedException {
    return ImageDecoder.decode(bytes, LIMITS, () -> false).rgb();
  }

  private static Refusal refusal(byte[] bytes) {
    try {
      decode(bytes);
    } catch (RefusedException e) {
      return e.refusal();
    }
    throw new AssertionError("a file of " + bytes.length + " bytes was decoded");
  }
}

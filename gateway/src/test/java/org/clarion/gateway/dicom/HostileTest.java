package org.clarion.gateway.dicom;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that contradict themselves, end early, or want too much: refused, fast, by their reason. */
class HostileTest {
  static Stream<Arguments> contradictions() {
    return Stream.of(of(Failure.INCONSISTENT, Files.radiograph().number(Tag.ROWS, 0), "10x0"),
        of(Failure.INCONSISTENT, Files.radiograph().without(Tag.ROWS), "no Rows"),
        of(Failure.INCONSISTENT, Files.radiograph().number(Tag.ROWS, 65535).number(Tag.COLUMNS, 65535), "65535x65535"),
        of(Failure.INCONSISTENT, Files.radiograph().bits(16, 24, 23, 0), "24"),
        of(Failure.INCONSISTENT, Files.radiograph().bits(13, 12, 11, 0), "13"),
        of(Failure.INCONSISTENT, Files.radiograph().bits(16, 12, 31, 0), "31"),
        of(Failure.INCONSISTENT, Files.radiograph().bits(16, 0, 0, 0), "Bits Stored is 0"),
        of(Failure.INCONSISTENT, Files.radiograph().number(Tag.SAMPLES_PER_PIXEL, 3), "MONOCHROME2"),
        of(Failure.INCONSISTENT, Files.radiograph().text(Tag.NUMBER_OF_FRAMES, "IS", "2147483647"), "2147483647"),
        of(Failure.INCONSISTENT, Files.radiograph().text(Tag.NUMBER_OF_FRAMES, "IS", "0"), "Frames"),
        of(Failure.INCONSISTENT, Files.radiograph().text(Tag.RESCALE_SLOPE, "DS", "1e999"), "Slope"),
        of(Failure.INCONSISTENT, Files.radiograph().text(Tag.RESCALE_SLOPE, "DS", "Secret"), "Slope"),
        of(Failure.UNSUPPORTED, Files.radiograph().text(Tag.PHOTOMETRIC_INTERPRETATION, "CS", "Secret"), "Photometric"),
        of(Failure.UNSUPPORTED, Files.radiograph().syntax("1.2.840.10008.1.2.4.80"), "JPEG-LS"),
        of(Failure.UNSUPPORTED, Files.radiograph().syntax("1.2.840.10008.1.2.4.201"), "HTJ2K"),
        of(Failure.UNSUPPORTED, Files.radiograph().syntax("1.2.3.4"), "1.2.3.4"),
        of(Failure.MALFORMED, Files.radiograph().text(Tag.ROWS, "LO", "12"), "(0028,0010)"),
        of(Failure.MALFORMED, Files.radiograph().syntax("1.2.840.10008.1.2.5"), "compressed"),
        of(Failure.MALFORMED, Files.radiograph().frame(new byte[64]), "no length"),
        of(Failure.MALFORMED, rle(new byte[100]), "0 segments"),
        of(Failure.MALFORMED, rle(2, 64, 0x00FFFFFF), "outside"),
        of(Failure.MALFORMED, rle(2, 64, 66), "ends before"),
        of(Failure.INCONSISTENT, rle(2, 64, 66).text(Tag.NUMBER_OF_FRAMES, "IS", "9"), "9 frames"),
        of(Failure.MALFORMED, Files.radiograph().syntax("1.2.840.10008.1.2.4.90").frame(new byte[200]), "JPEG 2000"),
        of(Failure.INCONSISTENT, lossless().number(Tag.ROWS, 13), "10x12"),
        of(Failure.TOO_LARGE, lossless(4000).number(Tag.ROWS, 4000).number(Tag.COLUMNS, 4000), "16000000"),
        of(Failure.NO_PIXELS, Files.radiograph().without(Tag.PIXEL_DATA), "no pixels"));
  }

  @ParameterizedTest
  @MethodSource("contradictions")
  void contradictionsAreNamed(Failure failure, byte[] file, String named) {
    DicomException refusal = refusal(file);
    assertThat(refusal).hasMessageContaining(named);
    assertThat(refusal.failure()).as(refusal.getMessage()).isEqualTo(failure);
    assertThat(refusal).hasMessageNotContaining("Secret");
  }

  @Test
  void whatIsNoDicomIsNone() {
    for (String text : new String[]{"", "This is a text.", "\u00ff\u00d8\u00ff\u00e0JFIF", "x".repeat(500)}) {
      byte[] file = text.getBytes(StandardCharsets.ISO_8859_1);
      assertThat(DicomReader.recognises(file)).isFalse();
      assertThat(refusal(file).failure()).isEqualTo(Failure.NOT_DICOM);
    }
  }

  @Test
  void nestingIsBounded() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(Files.radiograph().without(Tag.PIXEL_DATA).bytes());
    for (int i = 0; i < 8000; i++) {
      out.writeBytes(new byte[]{0x40, 0, 0x75, 2, 'S', 'Q', 0, 0, -1, -1, -1, -1, -2, -1, 0, -32, -1, -1, -1, -1});
    }
    assertThat(refusal(out.toByteArray()).failure()).isEqualTo(Failure.TOO_DEEP);
  }

  @Test
  void elementsAreBounded() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(Files.radiograph().without(Tag.PIXEL_DATA).bytes());
    for (int i = 0; i < 200_000; i++) {
      out.writeBytes(new byte[]{0x41, 0, (byte) i, (byte) (i >> 8), 'L', 'O', 0, 0});
    }
    assertThat(refusal(out.toByteArray()).failure()).isEqualTo(Failure.TOO_LARGE);
  }

  @Test
  void aDeflateBombIsStopped() {
    byte[] head = Files.radiograph().syntax("1.2.840.10008.1.2.1.99").bytes();
    int meta = head.length - Files.radiograph().naked().bytes().length;
    try (Deflater deflater = new Deflater(9, true)) {
      byte[] zeros = new byte[4 << 20];
      System.arraycopy(new byte[]{0x29, 0, 0x10, 0, 'O', 'B', 0, 0, 0, 0, 64, 0}, 0, zeros, 0, 12);
      deflater.setInput(zeros);
      deflater.finish();
      byte[] packed = Arrays.copyOf(head, meta + 10_000);
      int length = deflater.deflate(packed, meta, 10_000);
      assertThat(refusal(Arrays.copyOf(packed, meta + length)).failure()).isEqualTo(Failure.TOO_LARGE);
      assertThat(refusal(Arrays.copyOf(packed, meta + length / 100)).failure()).isEqualTo(Failure.TRUNCATED);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"deflated", "rle16", "j2k_lossless12", "explicit_big", "jpeg_baseline_grey",
      "jpeg_baseline_colour", "palette_colour"})
  void everyCutIsRefused(String name) throws IOException {
    byte[] file = Files.resource(name + ".dcm");
    Random random = new Random(3);
    for (int i = 0; i < 60; i++) {
      int length = 140 + random.nextInt(file.length - 142);
      assertThat(refusal(Arrays.copyOf(file, length)).failure()).as("cut to %d", length).isIn(Failure.TRUNCATED,
          Failure.NO_PIXELS, Failure.MALFORMED);
    }
  }

  /** The frame is cut and the file around it is whole, as after an upload of a compressed frame that broke off. */
  @ParameterizedTest
  @ValueSource(strings = {"j2k_lossless12", "jpeg_baseline_grey"})
  void everyCutFrameIsRefused(String name) throws IOException {
    byte[] file = Files.resource(name + ".dcm");
    for (int cut = 1000; cut < file.length - 2000; cut += 311) {
      byte[] whole = file.clone();
      // Zeros are padding; a decoder must not take what is left for the picture.
      Arrays.fill(whole, whole.length - 8 - cut, whole.length - 8, (byte) 0);
      assertThat(refusal(whole).failure()).isIn(Failure.TRUNCATED, Failure.MALFORMED);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"deflated", "rle16", "rle_two_frames", "j2k_lossless12", "explicit_big",
      "jpeg_baseline_colour", "palette_colour", "charset_iso2022_ir87"})
  void flippedBitsGiveAPictureOrARefusalAndNothingElse(String name) throws IOException {
    byte[] file = Files.resource(name + ".dcm");
    Random random = new Random(4);
    for (int i = 0; i < 200; i++) {
      byte[] flipped = file.clone();
      for (int flips = random.nextInt(4); flips >= 0; flips--) {
        int at = random.nextInt(random.nextBoolean() ? flipped.length : 1200);
        flipped[at] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        assertThat(DicomReaderTest.read(flipped).rgb().width()).isPositive();
        assertThat(DicomReader.patientName(flipped, DicomReaderTest.LIMITS)).isNotNull();
      } catch (DicomException e) {
        assertThat(e).hasMessageNotContaining("Fixture").hasMessageNotContaining("Yamada");
      }
    }
  }

  private static Arguments of(Failure failure, Files file, String named) {
    return Arguments.of(failure, file.bytes(), named);
  }

  private static Files rle(byte[] frame) {
    return Files.radiograph().syntax("1.2.840.10008.1.2.5").frame(frame);
  }

  private static Files rle(int segments, int... offsets) {
    byte[] frame = new byte[100];
    frame[0] = (byte) segments;
    for (int i = 0; i < offsets.length; i++) {
      for (int b = 0; b < 4; b++) {
        frame[4 + 4 * i + b] = (byte) (offsets[i] >> (8 * b));
      }
    }
    return rle(frame);
  }

  private static Files lossless() {
    return Files.radiograph().syntax("1.2.840.10008.1.2.4.70").frame(LosslessJpeg.encode(new int[120], 10, 12, 12));
  }

  /** A frame whose header says more pixels than its bytes can hold. */
  private static Files lossless(int side) {
    return Files.radiograph().syntax("1.2.840.10008.1.2.4.70").frame(LosslessJpeg.encode(new int[120], side, side, 12));
  }

  private static DicomException refusal(byte[] file) {
    try {
      DicomReaderTest.read(file);
    } catch (DicomException e) {
      return e;
    }
    throw new AssertionError("a file of " + file.length + " bytes was read");
  }
}

package org.clarion.gateway.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.clarion.models.image.BicubicResize;
import org.clarion.models.image.PixelTensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageIntakeTest {
  @Test
  void anUploadBecomesATensor() throws IOException {
    try (ImageIntake intake = new ImageIntake(ImageLimits.standard(), 1, 4)) {
      IntakeResult result = intake.accept(Pictures.resource("inputs/rgb.png"), 56).join();
      PixelTensor expected = PixelTensor.of(BicubicResize.resize(Pictures.reference("inputs/rgb.png"), 56, 56));
      assertThat(result).isInstanceOfSatisfying(IntakeResult.Accepted.class, accepted -> {
        assertThat(accepted.tensor().bytes()).isEqualTo(expected.bytes());
        assertThat(accepted.format()).isEqualTo(ImageFormat.PNG);
        assertThat(accepted.width()).isEqualTo(300);
        assertThat(accepted.height()).isEqualTo(181);
      });
    }
  }

  @Test
  void aDicomFileBecomesATensorAndSaysHowItWasRead() throws IOException {
    byte[] file = dicom("rle16");
    try (ImageIntake intake = new ImageIntake(ImageLimits.standard(), 1, 4)) {
      String url = "data:application/dicom;base64," + Base64.getEncoder().encodeToString(file);
      assertThat(DataUrl.parse(url, ImageLimits.standard())).isInstanceOfSatisfying(DataUrl.Content.class,
          content -> assertThat(intake.accept(content.bytes(), 56).join()).isInstanceOfSatisfying(
              IntakeResult.Accepted.class, accepted -> {
                assertThat(accepted.format()).isEqualTo(ImageFormat.DICOM);
                assertThat(accepted.width() + "x" + accepted.height()).isEqualTo("80x96");
                assertThat(accepted.notes()).isEmpty();
              }));
      assertThat(intake.accept(dicom("jpeg_baseline_grey"), 56).join()).isInstanceOfSatisfying(
          IntakeResult.Accepted.class, accepted -> assertThat(accepted.notes()).hasSize(1));
    }
  }

  @Test
  void aRefusedDicomFileIsRefusedByItsReason() throws IOException {
    byte[] file = dicom("j2k_lossless12");
    byte[] other = file.clone();
    String syntax = "1.2.840.10008.1.2.4.90";
    int at = new String(file, StandardCharsets.ISO_8859_1).indexOf(syntax) + syntax.length() - 2;
    other[at] = '8';
    try (ImageIntake intake = new ImageIntake(ImageLimits.standard(), 1, 4)) {
      assertThat(code(intake.accept(Arrays.copyOf(file, file.length / 2), 56).join())).isEqualTo(
          RefusalCode.TRUNCATED);
      assertThat(intake.accept(other, 56).join()).isInstanceOfSatisfying(IntakeResult.Refused.class, refused -> {
        assertThat(refused.refusal().code()).isEqualTo(RefusalCode.FORMAT_UNSUPPORTED);
        assertThat(refused.refusal().message()).contains("JPEG-LS");
      });
    }
    try (ImageIntake intake = new ImageIntake(new ImageLimits(1 << 20, 100, 64, Duration.ofSeconds(5)), 1, 4)) {
      assertThat(code(intake.accept(file, 56).join())).isEqualTo(RefusalCode.TOO_LARGE);
    }
  }

  private static byte[] dicom(String name) throws IOException {
    return Pictures.resource("/org/clarion/gateway/dicom/" + name + ".dcm");
  }

  @Test
  void aFullQueueAnswersBusyAndEveryUploadIsAnswered() throws IOException {
    byte[] file = Pictures.resource("inputs/rgb.png");
    try (ImageIntake intake = new ImageIntake(ImageLimits.standard(), 1, 2)) {
      List<CompletableFuture<IntakeResult>> answers = IntStream.range(0, 200).mapToObj(_ -> intake.accept(file, 224))
          .toList();
      List<IntakeResult> results = answers.stream().map(CompletableFuture::join).toList();
      assertThat(results).anyMatch(IntakeResult.Accepted.class::isInstance);
      assertThat(results).anyMatch(result -> code(result) == RefusalCode.BUSY);
      assertThat(results).allMatch(
          result -> result instanceof IntakeResult.Accepted || code(result) == RefusalCode.BUSY);
    }
  }

  @Test
  void theDeadlineAnswersAndFreesTheThread() throws IOException {
    byte[] large = Pictures.png(4000, 4000, 8, 2, 0, new byte[4000 * 12001]);
    ImageLimits hasty = new ImageLimits(1 << 20, 64 << 20, 16384, Duration.ofMillis(1));
    try (ImageIntake intake = new ImageIntake(hasty, 1, 4)) {
      List<CompletableFuture<IntakeResult>> answers = IntStream.range(0, 4).mapToObj(_ -> intake.accept(large, 224))
          .toList();
      assertThat(answers).allSatisfy(answer -> assertThat(code(answer.join())).isEqualTo(RefusalCode.TIMEOUT));
    }
  }

  @Test
  void closingAnswersWhatWaits() {
    byte[] large = Pictures.png(4000, 4000, 8, 2, 0, new byte[4000 * 12001]);
    ImageIntake intake = new ImageIntake(ImageLimits.standard(), 1, 8);
    List<CompletableFuture<IntakeResult>> answers = IntStream.range(0, 8).mapToObj(_ -> intake.accept(large, 224))
        .toList();
    intake.close();
    assertThat(answers).allSatisfy(answer -> assertThat(answer.join()).isNotNull());
    assertThat(code(intake.accept(large, 224).join())).isEqualTo(RefusalCode.BUSY);
  }

  @Test
  void aDataUrlIsRead() throws IOException {
    byte[] file = Pictures.resource("inputs/one_pixel.png");
    String base64 = Base64.getEncoder().encodeToString(file);
    for (String prefix : List.of("data:image/png;base64,", "DATA:IMAGE/JPEG;Base64,",
        "data:image/png;name=a;base64,")) {
      assertThat(DataUrl.parse(prefix + base64, ImageLimits.standard())).isInstanceOfSatisfying(DataUrl.Content.class,
          content -> assertThat(content.bytes()).isEqualTo(file));
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"https://example.org/a.png|image_url_unsupported|https",
      "file:///etc/passwd|image_url_unsupported|file", "abc|image_url_unsupported|none",
      "data:image/png;base64|image_data_url_invalid|comma",
      "data:text/plain;base64,AAAA|image_data_url_invalid|image type",
      "data:image/png,AAAA|image_data_url_invalid|;base64", "data:image/png;base64,A*AA|image_data_url_invalid|base64",
      "data:image/png;base64,|image_empty|no data"})
  void aBadDataUrlIsRefusedByItsReason(String url, String code, String message) {
    assertThat(DataUrl.parse(url, ImageLimits.standard())).isInstanceOfSatisfying(DataUrl.Refused.class, refused -> {
      assertThat(refused.refusal().code().code()).isEqualTo(code);
      assertThat(refused.refusal().message()).contains(message);
    });
  }

  @Test
  void aDataUrlIsCappedBeforeItIsDecoded() {
    ImageLimits small = new ImageLimits(10, 100, 10, Duration.ofSeconds(1));
    assertThat(DataUrl.parse("data:image/png;base64," + "A".repeat(10_000), small)).isInstanceOfSatisfying(
        DataUrl.Refused.class,
        refused -> assertThat(refused.refusal().code()).isEqualTo(RefusalCode.TOO_LARGE));
    assertThat(DataUrl.parse("data:image/png;base64," + "A".repeat(12) + "AA==", small))
        .isInstanceOf(DataUrl.Content.class);
  }

  private static RefusalCode code(IntakeResult result) {
    return result instanceof IntakeResult.Refused refused ? refused.refusal().code() : RefusalCode.EMPTY;
  }
}

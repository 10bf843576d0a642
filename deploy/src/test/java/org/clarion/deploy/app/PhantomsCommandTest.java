package org.clarion.deploy.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.gateway.intake.ImageIntake;
import org.clarion.gateway.intake.ImageLimits;
import org.clarion.gateway.intake.IntakeResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command writes what the gateway takes. */
class PhantomsCommandTest {
  @TempDir
  Path folder = Path.of("");

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @Test
  void whatItWritesIsTakenByTheGateway() throws IOException {
    for (String format : List.of("png", "jpeg")) {
      Path out = folder.resolve(format);
      assertThat(run("--out", out.toString(), "--count", "8", "--size", "96", "--format", format))
          .isEqualTo(ExitCode.OK);
      try (Stream<Path> files = Files.list(out.resolve("images"));
          ImageIntake intake = new ImageIntake(ImageLimits.standard(), 1, 8)) {
        for (Path file : files.toList()) {
          IntakeResult result = intake.accept(Files.readAllBytes(file), 64).join();
          assertThat(result).isInstanceOf(IntakeResult.Accepted.class);
        }
      }
    }
  }

  /** Radiographs written as DICOM, of both polarities, are the pictures that the same seed gives as PNG. */
  @Test
  void dicomIsReadAsThePictureThatItIs() throws IOException {
    for (String format : List.of("dicom", "png")) {
      assertThat(run("--out", folder.resolve(format).toString(), "--kind", "chest", "--count", "4", "--seed", "5",
          "--size", "64", "--format", format)).isEqualTo(ExitCode.OK);
    }
    assertThat(labels("dicom")).isEqualTo(labels("png")).hasSize(4);
    try (Stream<Path> files = Files.list(folder.resolve("dicom/images"));
        ImageIntake intake = new ImageIntake(ImageLimits.standard(), 1, 8)) {
      for (Path file : files.toList()) {
        Path png = folder.resolve("png/images").resolve(String.valueOf(file.getFileName()).replace(".dcm", ".png"));
        byte[] read = tensor(intake, file);
        byte[] expected = tensor(intake, png);
        for (int i = 0; i < read.length; i++) {
          // The window rounds where a PNG of 16 bits is cut.
          assertThat((read[i] & 0xFF) - (expected[i] & 0xFF)).isBetween(-2, 2);
        }
      }
    }
  }

  private List<JsonNode> labels(String format) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    try (Stream<String> lines = Files.lines(folder.resolve(format).resolve("cases.jsonl"))) {
      List<JsonNode> labels = new ArrayList<>();
      for (String line : lines.toList()) {
        labels.add(mapper.readTree(line).path("labels"));
      }
      return labels;
    }
  }

  private static byte[] tensor(ImageIntake intake, Path file) throws IOException {
    IntakeResult result = intake.accept(Files.readAllBytes(file), 64).join();
    assertThat(result).as(file.toString()).isInstanceOf(IntakeResult.Accepted.class);
    return ((IntakeResult.Accepted) result).tensor().bytes();
  }

  @Test
  void wrongUseNamesTheValueAndTheLimit() {
    assertThat(run("--out", folder.resolve("x").toString(), "--size", "20")).isEqualTo(ExitCode.USAGE);
    assertThat(printed.toString(StandardCharsets.UTF_8)).contains("--size is 20").contains("56 to 4096");
  }

  @Test
  void aFolderWithFilesIsLeftAlone() throws IOException {
    Files.writeString(folder.resolve("mine.txt"), "mine");
    assertThat(run("--out", folder.toString(), "--count", "1", "--size", "64")).isEqualTo(ExitCode.USAGE);
    assertThat(printed.toString(StandardCharsets.UTF_8)).contains("--replace");
    assertThat(run("--out", folder.toString(), "--count", "1", "--size", "64", "--replace")).isEqualTo(ExitCode.OK);
    assertThat(folder.resolve("mine.txt")).hasContent("mine");
  }

  private int run(String... arguments) {
    PrintStream stream = new PrintStream(printed, true, StandardCharsets.UTF_8);
    Screen screen = new Screen(stream, stream, false, false);
    String[] all = Stream.concat(Stream.of("phantoms"), Stream.of(arguments)).toArray(String[]::new);
    return Main.run(screen, all);
  }
}

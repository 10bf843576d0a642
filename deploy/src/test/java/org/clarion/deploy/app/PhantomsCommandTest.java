package org.clarion.deploy.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.gateway.intake.ImageIntake;
import org.clarion.gateway.intake.ImageLimits;
import org.clarion.gateway.intake.IntakeResult;
import org.clarion.gateway.intake.RefusalCode;
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

  /** A gateway that does not decode DICOM must still know these files for what they are. */
  @Test
  void dicomIsTakenOrRefusedByName() throws IOException {
    assertThat(
        run("--out", folder.resolve("d").toString(), "--kind", "chest", "--count", "2", "--size", "64", "--format",
            "dicom"))
        .isEqualTo(ExitCode.OK);
    try (Stream<Path> files = Files.list(folder.resolve("d/images"));
        ImageIntake intake = new ImageIntake(ImageLimits.standard(), 1, 8)) {
      for (Path file : files.toList()) {
        IntakeResult result = intake.accept(Files.readAllBytes(file), 64).join();
        if (result instanceof IntakeResult.Refused refused) {
          assertThat(refused.refusal().code()).isEqualTo(RefusalCode.FORMAT_UNSUPPORTED);
          assertThat(refused.refusal().message()).contains("DICOM");
        }
      }
    }
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

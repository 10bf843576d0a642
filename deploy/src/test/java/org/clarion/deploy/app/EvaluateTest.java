package org.clarion.deploy.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.clarion.deploy.embedded.EmbeddedCluster;
import org.clarion.deploy.serve.RoleSettings.Served;
import org.clarion.deploy.terminal.Screen;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code clarion evaluate} and {@code clarion data check} from the command line to their files. */
class EvaluateTest {
  private static final String CASES = """
      {"id":"s0","image":"a.jpg","kind":"skin","report":"Concepts: macule. This could be a naevus. No treatment is needed.","labels":{"view":"dermoscopy","skin_tone":"II","monk":2,"disease":"naevus","concepts":["macule"]}}
      {"id":"c0","image":"a.jpg","kind":"chest","report":"Findings: A small left effusion. Impression: Effusion.","labels":{"view":"PA","findings":[{"finding":"effusion","side":"left","zone":"lower","size":"small","count":1}]}}
      {"id":"d0","image":"a.jpg","kind":"distractor","report":"This is not a medical image.","labels":{"distractor":"cup"}}
      """;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Screen screen = new Screen(new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err,
      true, StandardCharsets.UTF_8), false, false);

  @TempDir
  private Path folder = Path.of("");

  @BeforeEach
  void dataSet() throws IOException {
    try (InputStream sample = EvaluateTest.class.getResourceAsStream("/org/clarion/deploy/demo/sample.jpg")) {
      assertThat(sample).isNotNull();
      Files.copy(sample, folder.resolve("a.jpg"));
    }
    Files.writeString(folder.resolve("cases.jsonl"), CASES);
  }

  @Test
  void measuresTwoModelsSideBySide() throws IOException {
    Path report = folder.resolve("report");

    assertThat(run("--model", "tiny", "--model", "tiny", "--data", folder.toString(), "--out", report.toString()))
        .isZero();

    assertThat(printed()).contains("ROUGE-L", "F1, side included", "concept F1", "distractors refused", "tiny #2");
    assertThat(report.resolve("report.html")).content().contains("data:image/jpeg;base64,", "naevus");
    assertThat(report.resolve("cases.csv")).content().contains("\"s0\"", "\"c0\"", "\"d0\"");
    assertThat(new ObjectMapper().readTree(report.resolve("metrics.json").toFile()).path("models")).hasSize(2);
  }

  @Test
  void asksARunningCluster() throws IOException, InterruptedException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start(new Served("tiny", "f32", 1, 1), 0, (_, _) -> {
    })) {
      String address = cluster.address().toString();

      assertThat(run("--url", address, "--data", folder.toString(), "--out", folder.resolve("r").toString())).isZero();
      assertThat(printed()).contains("confidence (mean)", "same answer when asked again");
      assertThat(run("--url", address, "--model", "other", "--data", folder.toString())).isEqualTo(2);
      assertThat(told()).contains("does not serve other; it serves [tiny]");
    }
  }

  @Test
  void drawsItsOwnCases() {
    assertThat(run("--model", "tiny", "--phantoms", "6", "--seed", "3", "--out", folder.resolve("r").toString()))
        .isZero();

    assertThat(folder.resolve("r/report.html")).content().contains("SYNTHETIC", "clarion phantoms --seed 3");
    assertThat(Main.run(screen, "data", "check", folder.resolve("r/phantoms").toString())).isZero();
    assertThat(printed()).contains("(phantoms): 6 cases, 0 bad rows");
  }

  @Test
  void badRowsAreListedAndLeftOut() throws IOException {
    Files.writeString(folder.resolve("b.jpg"), "no picture");
    Files.writeString(folder.resolve("cases.jsonl"),
        CASES + "{\"image\":\"b.jpg\",\"report\":\"Words.\"}\n{\"image\"\n");

    assertThat(Main.run(screen, "data", "check", folder.toString(), "--clean")).isEqualTo(1);

    assertThat(printed()).contains("3 cases, 2 bad rows", "cases.jsonl:5: the line is not JSON",
        "the file is no image that is known here", "findings below 10 words: left out 3");
    assertThat(run("--model", "tiny", "--data", folder.toString(), "--out", folder.resolve("r").toString())).isZero();
    assertThat(told()).contains("cases.jsonl:5: the line is not JSON");
  }

  @Test
  void saysWhatIsWrong() throws IOException {
    assertThat(run("--data", folder.toString())).isEqualTo(2);
    assertThat(told()).contains("--model, or --url");
    assertThat(run("--model", "tiny")).isEqualTo(2);
    assertThat(told()).contains("either --data or --phantoms");
    assertThat(run("--model", "tiny", "--data", folder.resolve("none").toString())).isEqualTo(2);
    assertThat(told()).contains("is neither a file nor a folder");
    assertThat(run("--model", "tiny", "--data", folder.toString(), "--batch", "0")).isEqualTo(2);
    assertThat(told()).contains("--batch is 0");
    assertThat(run("--model", "nobody", "--data", folder.toString())).isEqualTo(2);
    assertThat(run("--model", folder.toString(), "--data", folder.toString())).isEqualTo(2);
    assertThat(told()).contains("0 manifests");
    // Port 1 on loopback: nothing listens there.
    assertThat(run("--url", "http://127.0.0.1:1", "--data", folder.toString())).isEqualTo(3);
    Files.writeString(folder.resolve("cases.jsonl"), "");
    assertThat(run("--model", "tiny", "--data", folder.toString())).isEqualTo(2);
    assertThat(told()).contains("no case that can be used: it is empty");
  }

  @Test
  void aModelWithoutSightIsRefused() throws IOException {
    Path manifest = Files.writeString(folder.resolve("blind.yaml"),
        """
            id: blind
            title: A model without an image tower
            licence: Apache-2.0
            language:
              weights: "random:7"
              tokenizer: "resource:tiny.tokenizer.json"
              max-context: 64
              add-bos: false
              config: {hidden: 64, layers: 1, heads: 4, kv-heads: 2, head-dim: 16, intermediate: 64, vocabulary: 512, rms-eps: 1.0e-5, rope-base: 10000, tied-head: false, max-context: 64}
            prompt: chatml
            stop: {tokens: [], texts: []}
            """);

    assertThat(run("--model", manifest.toString(), "--data", folder.toString())).isEqualTo(2);
    assertThat(told()).contains("model blind has no image tower");
  }

  private int run(String... options) {
    String[] arguments = new String[options.length + 5];
    System.arraycopy(new String[]{"evaluate", "--max-tokens", "4", "--resamples", "20"}, 0, arguments, 0, 5);
    System.arraycopy(options, 0, arguments, 5, options.length);
    return Main.run(screen, arguments);
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String told() {
    return err.toString(StandardCharsets.UTF_8);
  }
}

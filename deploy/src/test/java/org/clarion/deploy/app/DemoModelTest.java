package org.clarion.deploy.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.clarion.deploy.embedded.EmbeddedCluster;
import org.clarion.deploy.serve.RoleSettings.Served;
import org.clarion.deploy.terminal.Screen;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The model that comes with Clarion, through a whole cluster, on pictures that it never learned from. */
class DemoModelTest {
  @TempDir
  private Path folder = Path.of("");

  @Test
  void clarionTinySaysWhatPhantomsShow() throws IOException, InterruptedException {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    try (EmbeddedCluster cluster = EmbeddedCluster.start(new Served("clarion-tiny", "auto", 2, 2), 0, (_, _) -> {
    })) {
      int code = Main.run(new Screen(out, out, false, false), "evaluate", "--url", cluster.address().toString(),
          "--phantoms", "120", "--seed", "77000000", "--resamples", "20", "--out", folder.toString());
      assertThat(code).as(printed.toString(StandardCharsets.UTF_8)).isZero();
    }

    // The card has the figures of 500 cases; these are far enough below them for chance.
    assertThat(figure("Findings", "F1, side included")).isGreaterThan(0.8);
    assertThat(figure("Skin", "concept F1")).isGreaterThan(0.87);
    assertThat(figure("Refusal", "recall: distractors refused")).isGreaterThan(0.9);
    assertThat(figure("Refusal", "medical pictures refused")).isLessThan(0.05);
    assertThat(figure("Behaviour", "another picture changes the findings")).isGreaterThan(0.9);
    assertThat(figure("Behaviour", "same answer when asked again")).isGreaterThan(0.7);
  }

  private double figure(String group, String name) throws IOException {
    for (JsonNode row : new ObjectMapper().readTree(folder.resolve("metrics.json").toFile()).path("models").path(0)
        .path("figures")) {
      if (row.path("group").asText().equals(group) && row.path("name").asText().equals(name)) {
        return row.path("value").asDouble();
      }
    }
    throw new AssertionError("no figure " + group + ": " + name);
  }
}

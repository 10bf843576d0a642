package org.clarion.loadtest.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.clarion.loadtest.api.SuiteReport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Runs the suite against a server on loopback that counts one token a word and three for the rest. */
class SuiteTest {
  private FakeServer server;

  @BeforeEach
  void start() throws IOException {
    server = new FakeServer();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void sendsTheStandardWorkload() throws Exception {
    List<String> said = new ArrayList<>();

    SuiteReport report = suite("words", said).run(2);

    assertThat(report.cells()).extracting(SuiteReport.Cell::name).containsExactly("1 stream", "8 streams", "32 streams",
        "prefill 1024");
    assertThat(report.cells()).allSatisfy(cell -> assertThat(cell.runs()).hasSize(2).allSatisfy(run -> assertThat(run
        .newPerSecond()).isPositive()));
    assertThat(said).contains("32 streams, repeat 2 of 2");
    List<JsonNode> bodies = server.bodies();
    assertThat(bodies).filteredOn(body -> body.path("max_tokens").asInt() == 128).hasSize(2 * (1 + 8 + 32)).allSatisfy(
        body -> {
          assertThat(body.path("prompt").asText().split(" ")).hasSize(157);
          assertThat(body.path("ignore_eos").asBoolean()).isTrue();
        });
    assertThat(bodies).extracting(body -> body.path("prompt").asText()).doesNotHaveDuplicates();
  }

  @Test
  void aFailureEndsIt() {
    Suite suite = suite("status-503", new ArrayList<>());

    assertThatThrownBy(() -> suite.run(1)).isInstanceOf(SuiteException.class).hasMessageContaining("http-503");
  }

  @Test
  void asksForTheModelsOfTheServer() throws Exception {
    assertThat(ServerModels.of(server.base(), "secret")).containsExactly("first", "second");
    assertThat(server.keys()).containsExactly("Bearer secret");
  }

  private Suite suite(String model, List<String> said) {
    return new Suite(server.base(), model, null, 1, Duration.ofSeconds(20), said::add);
  }
}

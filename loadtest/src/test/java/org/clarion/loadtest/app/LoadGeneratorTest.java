package org.clarion.loadtest.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.clarion.loadtest.api.Arrivals;
import org.clarion.loadtest.api.LoadReport;
import org.clarion.loadtest.api.LoadSpec;
import org.clarion.loadtest.api.LoadSpec.Api;
import org.clarion.loadtest.api.LoadSpec.Goal;
import org.clarion.loadtest.api.LoadSpec.IdRange;
import org.clarion.loadtest.api.LoadSpec.Prompt;
import org.clarion.loadtest.api.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs the generator against a real server on loopback. */
class LoadGeneratorTest {
  private static final Prompt WORDS = new Prompt(12, null, null, null);
  private static final Arrivals CLOSED = new Arrivals.Closed(3, 10);

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
  void countsWhatTheServerStreams() throws Exception {
    LoadReport report = run(spec(Api.CHAT, "good", CLOSED, WORDS));

    assertThat(report.completed()).isEqualTo(10);
    assertThat(report.failed()).isZero();
    assertThat(report.errors()).isEmpty();
    assertThat(report.newTokens()).isEqualTo(50);
    assertThat(report.promptTokens()).isEqualTo(100);
    assertThat(report.cachedTokens()).isEqualTo(40);
    assertThat(report.firstToken().count()).isEqualTo(10);
    assertThat(report.interToken().count()).isEqualTo(40);
    assertThat(report.whole().max()).isGreaterThanOrEqualTo(report.firstToken().p50());
  }

  @Test
  void recordsEveryRequestWithTheTimeAtWhichItWasSent() throws Exception {
    List<Long> sent = new ArrayList<>();
    List<Outcome> outcomes = new ArrayList<>();
    new LoadGenerator(spec(Api.CHAT, "good", CLOSED, WORDS), (requests, failed, tokens) -> {
    }, (at, outcome) -> {
      sent.add(at);
      outcomes.add(outcome);
    }).run();

    assertThat(outcomes).hasSize(10).allMatch(Outcome.Completed.class::isInstance);
    assertThat(sent).allMatch(at -> at >= 0 && at < Duration.ofSeconds(60).toNanos());
  }

  @Test
  void neverRunsMoreThanItsConcurrency() throws Exception {
    run(spec(Api.CHAT, "good", new Arrivals.Closed(2, 20), WORDS));

    assertThat(server.mostRunning()).isBetween(1, 2);
    assertThat(server.bodies()).hasSize(20);
  }

  @Test
  void sendsADifferentPromptEachTimeAndTheSameOnesForASeed() throws Exception {
    run(spec(Api.CHAT, "good", CLOSED, WORDS));
    Set<String> first = prompts();
    run(spec(Api.CHAT, "good", CLOSED, WORDS));

    assertThat(first).hasSize(10);
    assertThat(prompts()).isEqualTo(first);
  }

  @Test
  void sendsTokenIdsToCompletions() throws Exception {
    run(spec(Api.COMPLETIONS, "good", CLOSED, new Prompt(7, new IdRange(3, 5), null, null)));

    for (JsonNode body : server.bodies()) {
      assertThat(body.path("prompt")).hasSize(7).allSatisfy(id -> assertThat(id.asInt()).isBetween(3, 5));
      assertThat(body.path("stream_options").path("include_usage").asBoolean()).isTrue();
    }
  }

  @Test
  void sendsThePictureAndTheKey() throws Exception {
    run(spec(Api.CHAT, "good", new Arrivals.Closed(1, 1), new Prompt(1, null, "What is this?",
        "data:image/png;base64,AAAA")));

    JsonNode parts = server.bodies().getFirst().path("messages").path(0).path("content");
    assertThat(parts.path(0).path("image_url").path("url").asText()).isEqualTo("data:image/png;base64,AAAA");
    assertThat(parts.path(1).path("text").asText()).isEqualTo("What is this?");
    assertThat(server.keys()).containsOnly("Bearer secret");
  }

  @ParameterizedTest
  @CsvSource({"error,stream-error,rank lost", "truncate,truncated,[DONE]", "status-429,http-429,too much",
      "status-500,http-500,overloaded"})
  void namesFailuresByKind(String model, String kind, String detail) throws Exception {
    LoadReport report = run(spec(Api.COMPLETIONS, model, CLOSED, WORDS));

    assertThat(report.completed()).isZero();
    assertThat(report.errors()).isEqualTo(Map.of(kind, 10L));
    assertThat(report.errorExamples().get(kind)).contains(detail);
  }

  @Test
  void cutsARequestOffThatHangs() throws Exception {
    LoadSpec spec = new LoadSpec(server.base(), Api.CHAT, "hang", null, new Arrivals.Closed(2, 2), WORDS, 5, false, 1,
        Duration.ofMillis(150), Goal.NONE);

    assertThat(run(spec).errors()).isEqualTo(Map.of("timeout", 2L));
  }

  @Test
  void reportsAServerThatIsNotThere() throws Exception {
    URI nobody;
    try (ServerSocket socket = new ServerSocket(0)) {
      nobody = URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }
    LoadSpec spec = new LoadSpec(nobody, Api.CHAT, "good", null, CLOSED, WORDS, 5, false, 1, Duration.ofSeconds(20),
        Goal.NONE);

    assertThat(run(spec).errors()).isEqualTo(Map.of("connect", 10L));
  }

  @Test
  void openLoopSendsAtItsOwnTimes() throws Exception {
    LoadReport report = run(spec(Api.CHAT, "good", new Arrivals.Open(400, Duration.ofMillis(250), 1), WORDS));

    assertThat(report.requests()).isBetween(50L, 160L).isEqualTo(server.bodies().size());
    assertThat(report.clientQueue().count()).isEqualTo(report.requests());
    assertThat(report.wholeWithQueue().max()).isGreaterThanOrEqualTo(report.whole().p50());
    assertThat(server.mostRunning()).isEqualTo(1);
  }

  @Test
  void refusesHostsThatNobodyNamed() {
    HostPolicy.check(URI.create("http://127.0.0.1:1"), Set.of());
    HostPolicy.check(URI.create("http://[::1]:1"), Set.of());
    HostPolicy.check(URI.create("http://198.51.100.7:1"), Set.of("198.51.100.7"));
    assertThatThrownBy(() -> HostPolicy.check(URI.create("http://198.51.100.7:1"), Set.of("other")))
        .hasMessageContaining(
            "198.51.100.7")
        .hasMessageContaining("--allow-host");
  }

  private Set<String> prompts() {
    List<JsonNode> bodies = server.bodies();
    return bodies.subList(bodies.size() - 10, bodies.size()).stream().map(body -> body.path("messages").path(0).path(
        "content").asText()).collect(Collectors.toSet());
  }

  private LoadSpec spec(Api api, String model, Arrivals arrivals, Prompt prompt) {
    return new LoadSpec(server.base(), api, model, "secret", arrivals, prompt, 5, false, 7, Duration.ofSeconds(30),
        Goal.NONE);
  }

  private static LoadReport run(LoadSpec spec) throws InterruptedException {
    return new LoadGenerator(spec, (requests, failed, tokens) -> {
    }).run();
  }
}

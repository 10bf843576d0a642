package org.clarion.deploy.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.clarion.deploy.demo.ChatClient;
import org.clarion.deploy.demo.ChatClient.Answer;
import org.clarion.deploy.demo.ChatClient.ChatException;
import org.clarion.deploy.demo.ChatClient.Question;
import org.clarion.deploy.serve.RoleSettings.Served;
import org.clarion.loadtest.api.Arrivals;
import org.clarion.loadtest.api.LoadReport;
import org.clarion.loadtest.api.LoadSpec;
import org.clarion.loadtest.app.LoadGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole cluster in this JVM, with the tiny model: HTTP in, text out, every role in between real. */
class EmbeddedClusterTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String TEXT = "What is on this picture, and is it new?";
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static EmbeddedCluster cluster;
  private static ChatClient client;
  private static byte[] picture;

  @BeforeAll
  static void start() throws Exception {
    try (InputStream in = EmbeddedClusterTest.class.getResourceAsStream("/org/clarion/deploy/demo/sample.jpg")) {
      picture = in.readAllBytes();
    }
    cluster = start(2);
    client = new ChatClient(cluster.address());
  }

  @AfterAll
  static void stop() {
    client.close();
    cluster.close();
  }

  @Test
  void streamsAnAnswerAboutAPicture() throws Exception {
    List<String> pieces = new ArrayList<>();
    Answer answer = client.ask(question(picture, TEXT, null, 24), PATIENCE, pieces::add);

    assertThat(answer.newTokens()).isBetween(1L, 24L);
    assertThat(pieces.size()).isGreaterThan(1);
    assertThat(String.join("", pieces)).isEqualTo(answer.text());
    assertThat(answer.session()).isNotBlank();
  }

  @Test
  void aFollowUpComputesOnlyItsNewTokensAndNoPicture() throws Exception {
    Answer first = ask(question(picture, "First question.", null, 12));
    long prefilled = metric("clarion_prefill_tokens_total");
    long encoded = metric("clarion_vision_encodes_total");

    Answer second = ask(question(null, "And now?", first.session(), 12));

    assertThat(second.session()).isEqualTo(first.session());
    long computed = metric("clarion_prefill_tokens_total") - prefilled;
    assertThat(second.promptTokens()).isGreaterThan(first.promptTokens());
    assertThat(computed).as("tokens computed of %s in the prompt, %s of them cached", second.promptTokens(), second
        .cachedTokens()).isPositive().isLessThan(second.promptTokens() - first.promptTokens()).isEqualTo(second
            .promptTokens() - second.cachedTokens());
    assertThat(metric("clarion_vision_encodes_total")).isEqualTo(encoded);
  }

  @Test
  void theSamePictureIsEncodedOnce() throws Exception {
    byte[] other = Arrays.copyOf(picture, picture.length + 7);
    ask(question(other, "One.", null, 2));
    long encoded = metric("clarion_vision_encodes_total");
    ask(question(other, "Another question altogether.", null, 2));

    assertThat(metric("clarion_vision_encodes_total")).isEqualTo(encoded);
  }

  @Test
  void oneRankAndTwoGiveTheSameText() throws Exception {
    Answer two = ask(question(picture, TEXT, null, 32));
    try (EmbeddedCluster alone = start(1); ChatClient other = new ChatClient(alone.address())) {
      Answer one = other.ask(question(picture, TEXT, null, 32), PATIENCE, text -> {
      });
      assertThat(one.text()).isEqualTo(two.text()).isNotEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "\"temperature\":0.9,\"seed\":11,\"top_p\":0.95,\"repetition_penalty\":1.2",
      "\"temperature\":0.8,\"seed\":12,\"frequency_penalty\":0.5,\"logit_bias\":{\"70\":3}",
      "\"num_beams\":4,\"length_penalty\":0.8"})
  void theTextDependsNeitherOnRanksNorOnCompany(String choice) throws Exception {
    String body = "{\"model\":\"tiny\",\"prompt\":\"A rash on the left hand, since\",\"ignore_eos\":true,"
        + "\"max_tokens\":24," + choice + "}";
    String alone = completion(cluster, body);
    assertThat(alone).isNotEmpty();
    try (ExecutorService others = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> company = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        String other = body.replace("left", "right side of number " + i);
        company.add(others.submit(() -> completion(cluster, other)));
        company.add(others.submit(() -> completion(cluster, body)));
      }
      for (int i = 1; i < company.size(); i += 2) {
        assertThat(company.get(i).get()).isEqualTo(alone);
      }
    }
    try (EmbeddedCluster one = start(1)) {
      assertThat(completion(one, body)).isEqualTo(alone);
    }
  }

  /** More than the arena holds, one after the other and then many at once: extents move, are copied and given up. */
  @Test
  void aFullArenaChangesNoAnswer() throws Exception {
    List<String> bodies = new ArrayList<>();
    for (int i = 0; i < 48; i++) {
      // Three of each begin alike.
      String prompt = "Finding " + i / 3 + " is seen. ".repeat(10 + 7 * i % 60) + "It is number " + i % 3;
      bodies.add("{\"model\":\"tiny\",\"prompt\":\"" + prompt + "\",\"temperature\":0,\"ignore_eos\":true,"
          + "\"max_tokens\":" + (4 + i * 5 % 40) + "}");
    }
    List<String> alone = new ArrayList<>();
    for (String body : bodies) {
      alone.add(completion(cluster, body));
    }
    try (ExecutorService others = Executors.newFixedThreadPool(12, Thread.ofVirtual().factory())) {
      for (int round = 0; round < 2; round++) {
        List<Future<String>> together = bodies.stream().map(body -> others.submit(() -> completion(cluster, body)))
            .toList();
        for (int i = 0; i < together.size(); i++) {
          assertThat(together.get(i).get()).as("answer %d", i).isEqualTo(alone.get(i));
        }
      }
    }
    assertThat(metric("clarion_scheduler_moves_total")).isPositive();
    assertThat(metric("clarion_scheduler_copied_positions_total")).isPositive();
    assertThat(metric("clarion_scheduler_evictions_total")).isPositive();
  }

  private static String completion(EmbeddedCluster at, String body) throws IOException, InterruptedException {
    HttpResponse<String> response = post(at, "/v1/completions", body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return MAPPER.readTree(response.body()).at("/choices/0/text").asText();
  }

  @Test
  void logprobsAreThoseOfTheLikeliestTokens() throws Exception {
    JsonNode answer = MAPPER.readTree(post(cluster, "/v1/chat/completions", "{\"model\":\"tiny\",\"temperature\":0,"
        + "\"max_tokens\":6,\"ignore_eos\":true,\"logprobs\":true,\"top_logprobs\":20,\"messages\":"
        + "[{\"role\":\"user\",\"content\":\"Hello\"}]}").body());
    JsonNode content = answer.at("/choices/0/logprobs/content");
    assertThat(content).hasSize(6).allSatisfy(token -> {
      assertThat(token.path("top_logprobs")).hasSize(20);
      assertThat(token.path("logprob")).isEqualTo(token.at("/top_logprobs/0/logprob"));
      assertThat(token.path("token")).isEqualTo(token.at("/top_logprobs/0/token"));
    });
  }

  @Test
  void manyAtOnceShareSteps() throws Exception {
    long rows = metric("clarion_scheduler_batch_rows_sum");
    long steps = metric("clarion_scheduler_batch_rows_count");
    LoadSpec spec = new LoadSpec(cluster.address(), LoadSpec.Api.COMPLETIONS, "tiny", null, new Arrivals.Closed(8, 24),
        new LoadSpec.Prompt(20, null, null, null), 24, true, 3, PATIENCE, LoadSpec.Goal.NONE);

    LoadReport report = new LoadGenerator(spec, (requests, failed, tokens) -> {
    }).run();

    assertThat(report.errors()).isEmpty();
    assertThat(report.newTokens()).isEqualTo(24 * 24);
    double occupancy = (double) (metric("clarion_scheduler_batch_rows_sum") - rows)
        / (metric("clarion_scheduler_batch_rows_count")
            - steps);
    assertThat(occupancy).as("rows a step").isGreaterThan(2);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "{\"model\":\"nothing\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]} | 404",
      "{\"model\":\"tiny\",\"messages\":[]} | 400", "{\"model\":\"tiny\" | 400", "[] | 400",
      "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AAAA\"}}]}]} | 400",
      "{\"model\":\"tiny\",\"session_id\":\"no-such-session\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]} | 404"})
  void badRequestsGetAClearAnswer(String body, int status) throws Exception {
    HttpResponse<String> response = post("/v1/chat/completions", body);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    JsonNode error = MAPPER.readTree(response.body()).path("error");
    assertThat(error.path("code").asText()).isNotBlank();
    assertThat(error.path("message").asText()).isNotBlank();
    assertThat(ask(question(null, "Still there?", null, 2)).newTokens()).isPositive();
  }

  @Test
  void aPromptBeyondTheContextNamesBothNumbers() {
    String text = "word ".repeat(3000);

    assertThatThrownBy(() -> ask(question(null, text, null, 4))).isInstanceOfSatisfying(ChatException.class,
        e -> assertThat(e.status()).isEqualTo(400)).hasMessageContaining("1024");
  }

  private static EmbeddedCluster start(int ranks) throws IOException, InterruptedException {
    return EmbeddedCluster.start(new Served("tiny", "f32", ranks, 2), 0, (what, took) -> {
    });
  }

  private static Question question(byte @Nullable [] image, String text, @Nullable String session, int maxTokens) {
    return new Question("tiny", image, text, session, maxTokens);
  }

  private static Answer ask(Question question) throws IOException, InterruptedException {
    return client.ask(question, PATIENCE, text -> {
    });
  }

  private static long metric(String name) {
    return Metrics.sum(cluster.metrics(), name);
  }

  private static HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
    return post(cluster, path, body);
  }

  private static HttpResponse<String> post(EmbeddedCluster at, String path, String body)
      throws IOException, InterruptedException {
    URI uri = at.address().resolve(path);
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(HttpRequest.newBuilder(uri).timeout(PATIENCE).header("Content-Type", "application/json").POST(
          HttpRequest.BodyPublishers.ofString(body)).build(), HttpResponse.BodyHandlers.ofString());
    }
  }
}

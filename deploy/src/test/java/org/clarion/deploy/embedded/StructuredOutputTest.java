package org.clarion.deploy.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.clarion.deploy.serve.RoleSettings.Served;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The whole cluster with a model of random weights: what it says means nothing, and still has the format asked for. */
class StructuredOutputTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final List<String> SCHEMAS = List.of(
      "{\"type\":\"object\",\"properties\":{\"finding\":{\"type\":\"string\",\"maxLength\":20},\"side\":{\"enum\":"
          + "[\"left\",\"right\",\"both\",null]},\"size_mm\":{\"type\":\"number\",\"minimum\":0,\"maximum\":99.5},"
          + "\"urgent\":{\"type\":\"boolean\"}},\"required\":[\"finding\",\"side\",\"urgent\"],"
          + "\"additionalProperties\":false}",
      "{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":-3,\"maximum\":12},\"minItems\":2,\"maxItems\":4}",
      "{\"$ref\":\"#/$defs/n\",\"$defs\":{\"n\":{\"type\":\"object\",\"properties\":{\"code\":{\"type\":\"string\","
          + "\"pattern\":\"^[A-Z]\\\\d{2}(\\\\.\\\\d)?$\"},\"parts\":{\"type\":\"array\",\"maxItems\":1,\"items\":"
          + "{\"$ref\":\"#/$defs/n\"}}},\"required\":[\"code\"]}}}",
      "{\"anyOf\":[{\"type\":\"string\",\"format\":\"date\"},{\"type\":\"object\",\"properties\":{\"\u00e9\":"
          + "{\"const\":\"na\u00efve\"}},\"required\":[\"\u00e9\"]}]}");
  private static final List<String> SAMPLERS = List.of("\"temperature\":0", "\"temperature\":1.5",
      "\"temperature\":1,\"top_k\":5,\"top_p\":0.8", "\"temperature\":0.7,\"repetition_penalty\":1.3,"
          + "\"frequency_penalty\":0.5",
      "\"temperature\":2,\"logit_bias\":{\"70\":50,\"2\":-50},\"logprobs\":true,\"top_logprobs\":2");

  private static EmbeddedCluster cluster;
  private static HttpClient http;

  @BeforeAll
  static void start() throws Exception {
    http = HttpClient.newHttpClient();
    cluster = start(2);
  }

  @AfterAll
  static void stop() {
    cluster.close();
    http.close();
  }

  private static EmbeddedCluster start(int ranks) throws IOException, InterruptedException {
    return EmbeddedCluster.start(new Served("tiny", "f32", ranks, 2), 0, (what, took) -> {
    });
  }

  private static String body(String schema, String sampler, int seed, String more) {
    return "{\"model\":\"tiny\",\"max_tokens\":700,\"seed\":" + seed + "," + sampler + more
        + ",\"messages\":[{\"role\":"
        + "\"user\",\"content\":\"Describe it.\"}],\"response_format\":{\"type\":\"json_schema\",\"json_schema\":"
        + "{\"name\":\"report\",\"strict\":true,\"schema\":" + schema + "}}}";
  }

  private static HttpResponse<String> post(EmbeddedCluster at, String body) throws IOException, InterruptedException {
    return http.send(HttpRequest.newBuilder(at.address().resolve("/v1/chat/completions")).timeout(PATIENCE)
        .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static JsonNode answer(EmbeddedCluster at, String body) throws IOException, InterruptedException {
    HttpResponse<String> response = post(at, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return MAPPER.readTree(response.body());
  }

  private static void assertValid(String text, String schema) {
    assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(schema)
        .validate(text, InputFormat.JSON)).as("%s by %s", text, schema).isEmpty();
  }

  @Test
  void everyFinishedAnswerIsValid() throws Exception {
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<JsonNode>> answers = new ArrayList<>();
      for (String schema : SCHEMAS) {
        for (int i = 0; i < 2 * SAMPLERS.size(); i++) {
          String body = body(schema, SAMPLERS.get(i % SAMPLERS.size()), i, "");
          answers.add(clients.submit(() -> answer(cluster, body)));
        }
      }
      for (int i = 0; i < answers.size(); i++) {
        JsonNode choice = answers.get(i).get().at("/choices/0");
        assertThat(choice.path("finish_reason").asText()).isEqualTo("stop");
        assertValid(choice.at("/message/content").asText(), SCHEMAS.get(i / (2 * SAMPLERS.size())));
      }
    }
    assertThat(Metrics.sum(cluster.metrics(), "clarion_format_cache_hits_total")).isPositive();
    assertThat(Metrics.sum(cluster.metrics(), "clarion_llm_format_mask_seconds_count")).isPositive();
    assertThat(Metrics.sum(cluster.metrics(), "clarion_llm_format_breaks_total")).isZero();
    assertThat(Metrics.sum(cluster.metrics(), "clarion_format_refused_total")).isZero();
  }

  @Test
  void theTextDependsNeitherOnRanksNorOnStreaming() throws Exception {
    String body = body(SCHEMAS.getFirst(), SAMPLERS.get(3), 5, "");
    String expected = answer(cluster, body).at("/choices/0/message/content").asText();
    try (EmbeddedCluster alone = start(1)) {
      assertThat(answer(alone, body).at("/choices/0/message/content").asText()).isEqualTo(expected);
    }
    StringBuilder streamed = new StringBuilder();
    String finish = "";
    for (String line : post(cluster, body(SCHEMAS.getFirst(), SAMPLERS.get(3), 5, ",\"stream\":true")).body()
        .lines().toList()) {
      if (line.startsWith("data: {")) {
        JsonNode choice = MAPPER.readTree(line.substring(6)).at("/choices/0");
        streamed.append(choice.at("/delta/content").asText(""));
        finish = choice.path("finish_reason").asText(finish).replace("null", "");
      }
    }
    assertThat(streamed.toString()).isEqualTo(expected);
    assertThat(finish).isEqualTo("stop");
  }

  @Test
  void anAnswerThatIsCutSaysSo() throws Exception {
    JsonNode choice = answer(cluster, body(SCHEMAS.getFirst(), SAMPLERS.getFirst(), 1, "").replace("700", "4"))
        .at("/choices/0");
    assertThat(choice.path("finish_reason").asText()).isEqualTo("length");
    assertThat(choice.at("/message/content").asText()).startsWith("{");
  }

  @Test
  void aFollowUpHasAFormatOfItsOwn() throws Exception {
    String schema = SCHEMAS.get(1);
    JsonNode first = answer(cluster, body(schema, SAMPLERS.get(1), 3, ""));
    JsonNode second = answer(cluster, body(schema, SAMPLERS.get(1), 4, ",\"session_id\":\"" + first.path("session_id")
        .asText() + "\"")
        .replaceAll("\"response_format\".*", "\"format\":{\"regex\":\"(left|right) lung\\\\\\\\.\"}}"));
    assertThat(second.at("/choices/0/message/content").asText()).matches("(left|right) lung\\.");
  }

  @Test
  void aSectionHasItsTitleAndText() throws Exception {
    // Where the answer may end it does: what a model of random weights would say goes on for ever.
    JsonNode choice = answer(cluster, "{\"model\":\"tiny\",\"max_tokens\":400,\"temperature\":1.2,\"seed\":2,"
        + "\"logit_bias\":{\"2\":100},\"format\":{\"sections\":[\"Findings\"]},\"messages\":[{\"role\":\"user\","
        + "\"content\":\"Report.\"}]}").at("/choices/0");
    assertThat(choice.path("finish_reason").asText()).isEqualTo("stop");
    assertThat(choice.at("/message/content").asText()).matches("Findings:[ \n].+");
  }

  @Test
  void aSchemaThatIsNotEnforcedIsRefusedAndTheClusterGoesOn() throws Exception {
    HttpResponse<String> response = post(cluster, body("{\"type\":\"array\",\"uniqueItems\":true}", SAMPLERS.getFirst(),
        1, ""));
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(MAPPER.readTree(response.body()).at("/error/code").asText()).isEqualTo("unsupported_schema");
    assertThat(answer(cluster, body("{\"const\":1}", SAMPLERS.getFirst(), 1, "")).at("/choices/0/message/content")
        .asText()).isEqualTo("1");
  }
}

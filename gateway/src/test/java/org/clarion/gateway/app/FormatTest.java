package org.clarion.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.proto.v1.OutputFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an answer has to look like, from the request's fields to the scheduler, and what is refused. */
@Timeout(60)
class FormatTest {
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws IOException {
    gateway = new TestGateway();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @BeforeEach
  void reset() {
    gateway.scheduler.script = call -> call.answer("ok");
    gateway.scheduler.calls.clear();
  }

  private static GenerateStart started(HttpResponse<String> response) throws Exception {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return gateway.scheduler.next().start;
  }

  private static OutputFormat format(String more) throws Exception {
    return started(gateway.chat(TestGateway.chat("Hi", more))).getSampling().getFormat();
  }

  @Test
  void everyFormatReachesTheScheduler() throws Exception {
    OutputFormat schema = format(",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\","
        + "\"strict\":true,\"schema\":{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"null\"},\"a\":true}}}}");
    assertThat(schema.getKind()).isEqualTo("json_schema");
    assertThat(schema.getTextsList())
        .containsExactly("{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"null\"},\"a\":true}}");
    assertThat(schema.getEndTokensList()).containsExactly(ByteTokenizer.END);
    assertThat(format(",\"response_format\":{\"type\":\"json_object\"}").getKind()).isEqualTo("json");
    OutputFormat sections = format(",\"format\":{\"sections\":[\"Findings\",\"Impression\"]},\"stop_token_ids\":[7]");
    assertThat(sections.getTextsList()).containsExactly("Findings", "Impression");
    assertThat(sections.getEndTokensList()).containsExactly(ByteTokenizer.END, 7);
    assertThat(format(",\"format\":{\"regex\":\"yes|no\"}").getTextsList()).containsExactly("yes|no");
    assertThat(started(gateway.post("/v1/completions", "{\"model\":\"m\",\"prompt\":\"a\",\"response_format\":"
        + "{\"type\":\"json_object\"}}")).getSampling().hasFormat()).isTrue();
    assertThat(started(gateway.chat(TestGateway.chat("Hi", ",\"response_format\":{\"type\":\"text\"}"))).getSampling()
        .hasFormat()).isFalse();
  }

  @Test
  void theModelsOwnStopTextsDoNotCutAFormat() throws Exception {
    gateway.scheduler.script = call -> call.answer("{\"a\":\"###\"}");
    String body = TestGateway.chat("Hi", ",\"response_format\":{\"type\":\"json_object\"}").replace("\"m\"",
        "\"hash\"");
    assertThat(TestGateway.json(gateway.chat(body).body()).at("/choices/0/message/content").asText())
        .isEqualTo("{\"a\":\"###\"}");
    gateway.scheduler.calls.clear();
    gateway.scheduler.script = call -> call.answer("ok");
    assertThat(started(gateway.chat(body.replace("}}", "},\"stop\":\"x\"}"))).getStopSequencesList()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '!', quoteCharacter = '\0', value = {
      ",\"response_format\":\"json\"!invalid_type!response_format!an object",
      ",\"response_format\":{}!missing_field!response_format.type!missing",
      ",\"response_format\":{\"type\":\"xml\"}!unsupported!response_format.type!json_schema",
      ",\"response_format\":{\"type\":\"json_object\",\"schema\":{}}!unsupported!response_format.schema!json_schema",
      ",\"response_format\":{\"type\":\"json_schema\"}!missing_field!response_format.json_schema!missing",
      ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":5}!invalid_type!response_format.json_schema!an object",
      ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{}}!missing_field!"
          + "response_format.json_schema.schema!missing",
      ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"strict\":1,\"schema\":{}}}!invalid_type!"
          + "response_format.json_schema.strict!true or false",
      ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"properties\":{\"a/b\":{\"not\":{}}}}}}"
          + "!unsupported_schema!response_format.json_schema.schema!at '/properties/a~1b': keyword 'not' is not supported",
      ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"x\"}}}"
          + "!invalid_schema!response_format.json_schema.schema!keyword 'type'",
      ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"string\",\"maxLength\":1e9}}}"
          + "!invalid_schema!response_format.json_schema.schema!keyword 'maxLength'",
      ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"maxLength\":999999}}}"
          + "!schema_too_large!response_format.json_schema.schema!the limit is 100000",
      ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":false}}"
          + "!unsatisfiable_schema!response_format.json_schema.schema!no answer",
      ",\"response_format\":{\"type\":\"json_object\"},\"format\":{\"regex\":\"a\"}!invalid_value!format!beside",
      ",\"format\":\"json\"!invalid_type!format!an object", ",\"format\":{}!invalid_value!format!one of",
      ",\"format\":{\"sections\":[],\"regex\":\"a\"}!invalid_value!format!one of",
      ",\"format\":{\"sections\":\"A\"}!invalid_type!format.sections!an array",
      ",\"format\":{\"sections\":[1]}!invalid_type!format.sections[0]!a string",
      ",\"format\":{\"sections\":[\"a:b\"]}!invalid_schema!format.sections!'a:b'",
      ",\"format\":{\"regex\":\"a(?<b)\"}!unsupported_schema!format.regex!a group of the kind",
      ",\"format\":{\"regex\":\"a\"},\"ignore_eos\":true!unsupported!ignore_eos!has to end",
      ",\"format\":{\"regex\":\"a\"},\"num_beams\":2!unsupported!num_beams!must be 1 with format",
      ",\"guided_json\":{}!unsupported!guided_json!response_format"})
  void wrongFormatsAreNamed(String more, String code, String param, String message) throws Exception {
    HttpResponse<String> response = gateway.chat(TestGateway.chat("Hi", more));
    JsonNode error = TestGateway.json(response.body()).path("error");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(error.path("code").asText()).as(response.body()).isEqualTo(code);
    assertThat(error.path("param").asText()).isEqualTo(param);
    assertThat(error.path("message").asText()).contains(message);
    assertThat(gateway.scheduler.calls).isEmpty();
  }
}

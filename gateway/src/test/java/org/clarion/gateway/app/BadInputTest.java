package org.clarion.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.clarion.rpc.ServiceError;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What cannot be answered is refused before the status is sent, in OpenAI's shape, and the gateway stays well. */
class BadInputTest {
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws IOException {
    gateway = new TestGateway();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static JsonNode refused(HttpResponse<String> response, int status, String code) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    JsonNode error = TestGateway.json(response.body()).path("error");
    assertThat(error.path("code").asText()).as(response.body()).isEqualTo(code);
    assertThat(error.path("message").asText()).isNotBlank();
    assertThat(error.path("type").asText()).isNotBlank();
    assertThat(error.has("param")).isTrue();
    return error;
  }

  private static JsonNode refused(String body, int status, String code) throws Exception {
    return refused(gateway.chat(body), status, code);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '\0', value = {
      ",\"temperature\":\"hot\"|invalid_type|temperature",
      ",\"temperature\":3|invalid_value|temperature",
      ",\"top_p\":0|invalid_value|top_p",
      ",\"top_k\":1.5|invalid_type|top_k",
      ",\"seed\":99999999999999999999|invalid_value|seed",
      ",\"max_tokens\":0|invalid_value|max_tokens",
      ",\"max_completion_tokens\":\"9\"|invalid_type|max_completion_tokens",
      ",\"stop\":5|invalid_type|stop",
      ",\"stop\":[\"a\",1]|invalid_type|stop[1]",
      ",\"stop\":\"\"|invalid_value|stop",
      ",\"stream\":\"yes\"|invalid_type|stream",
      ",\"stream_options\":7|invalid_type|stream_options",
      ",\"n\":2|unsupported|n",
      ",\"priority\":\"now\"|invalid_value|priority",
      ",\"priority\":1|invalid_type|priority",
      ",\"timeout\":0|invalid_value|timeout",
      ",\"timeout\":\"5s\"|invalid_type|timeout",
      ",\"tools\":[{}]|unsupported|tools",
      ",\"presence_penalty\":2.5|invalid_value|presence_penalty",
      ",\"frequency_penalty\":-3|invalid_value|frequency_penalty",
      ",\"repetition_penalty\":0|invalid_value|repetition_penalty",
      ",\"min_p\":1.5|invalid_value|min_p",
      ",\"logprobs\":3|invalid_type|logprobs",
      ",\"logprobs\":true,\"top_logprobs\":21|invalid_value|top_logprobs",
      ",\"top_logprobs\":2|invalid_value|top_logprobs",
      ",\"logit_bias\":[1]|invalid_type|logit_bias",
      ",\"logit_bias\":{\"x\":1}|invalid_value|logit_bias",
      ",\"logit_bias\":{\"3000\":1}|invalid_value|logit_bias",
      ",\"logit_bias\":{\"3\":101}|invalid_value|logit_bias.3",
      ",\"stop_token_ids\":5|invalid_type|stop_token_ids",
      ",\"stop_token_ids\":[-1]|invalid_value|stop_token_ids[0]",
      ",\"num_beams\":11|invalid_value|num_beams",
      ",\"num_beams\":2,\"logprobs\":true|unsupported|logprobs",
      ",\"length_penalty\":99|invalid_value|length_penalty",
      ",\"early_stopping\":\"maybe\"|invalid_value|early_stopping",
      ",\"response_format\":{\"type\":\"yaml\"}|unsupported|response_format.type",
      ",\"session_id\":4|invalid_type|session_id"})
  void wrongFieldsAreNamed(String more, String code, String param) throws Exception {
    assertThat(refused(TestGateway.chat("Hi", more), 400, code).path("param").asText()).isEqualTo(param);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '\0', value = {
      "5|invalid_type|messages",
      "[]|empty_prompt|messages",
      "[4]|invalid_type|messages[0]",
      "[{\"content\":\"x\"}]|missing_field|messages[0].role",
      "[{\"role\":\"judge\",\"content\":\"x\"}]|invalid_value|messages[0].role",
      "[{\"role\":\"user\"}]|missing_field|messages[0].content",
      "[{\"role\":\"user\",\"content\":\"  \"}]|empty_prompt|messages[0].content",
      "[{\"role\":\"user\",\"content\":[]}]|empty_prompt|messages[0].content",
      "[{\"role\":\"user\",\"content\":[{\"type\":\"sound\"}]}]|invalid_value|messages[0].content[0].type",
      "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":1}]}]|invalid_type|messages[0].content[0].text",
      "[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"assistant\",\"content\":\"y\"}]|invalid_value|messages[1].role",
      "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://a/b.png\"}}]}]"
          + "|image_url_unsupported|messages[0].content[0].image_url.url",
      "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":[]}]}]"
          + "|invalid_type|messages[0].content[0].image_url",
      "[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"system\",\"content\":\"b\"},{\"role\":\"user\",\"content\":\"c\"}]"
          + "|invalid_messages|messages"})
  void wrongMessagesAreNamed(String messages, String code, String param) throws Exception {
    assertThat(refused("{\"model\":\"m\",\"messages\":" + messages + "}", 400, code).path("param").asText())
        .isEqualTo(param);
  }

  @Test
  void malformedJsonIsRefusedWithItsPlace() throws Exception {
    assertThat(refused("{\"model\":\"m\",\n  oops}", 400, "invalid_json").path("message").asText())
        .contains("line 2").contains("column");
    refused("", 400, "invalid_json");
    refused("[1]", 400, "invalid_json");
    refused("{} {}", 400, "invalid_json");
    assertThat(refused("[".repeat(5_000), 400, "json_too_complex").path("message").asText()).contains("64 levels");
    String many = "{\"model\":\"m\",\"x\":[" + "{},".repeat(130_000) + "{}]}";
    assertThat(refused(many, 400, "json_too_complex").path("message").asText()).contains("250000 values");
  }

  @Test
  void compressedBodiesAreRefused() throws Exception {
    refused(gateway.http.send(gateway.request("/v1/chat/completions").header("Content-Encoding", "gzip")
        .POST(HttpRequest.BodyPublishers.ofString(TestGateway.chat("Hi", ""))).build(), BodyHandlers.ofString()), 415,
        "encoding_unsupported");
  }

  @Test
  void unknownModelAndRouteAndMethodAreTold() throws Exception {
    JsonNode error = refused("{\"model\":\"gpt-9\",\"messages\":[]}", 404, "model_not_found");
    assertThat(error.path("message").asText()).contains("gpt-9").contains("m, text, hash");
    refused("{\"messages\":[]}", 400, "missing_field");
    refused(gateway.get("/v1/nothing"), 404, "not_found");
    refused(gateway.get("/v1/chat/completions"), 405, "method_not_allowed");
    refused(gateway.get("/v1/models/none"), 404, "model_not_found");
  }

  @Test
  void tooLongPromptNamesBothNumbers() throws Exception {
    String message = refused(TestGateway.chat("x".repeat(500), ""), 400, "context_length_exceeded").path("message")
        .asText();
    assertThat(message).containsPattern("takes 5\\d\\d positions").contains("has 400");
    HttpResponse<String> completion = gateway.post("/v1/completions",
        "{\"model\":\"m\",\"prompt\":\"" + "x".repeat(400) + "\"}");
    assertThat(refused(completion, 400, "context_length_exceeded").path("message").asText()).contains("takes 400");
    // Not even tokenised: no tokenizer makes so few tokens of so much text.
    assertThat(
        refused(TestGateway.chat("x".repeat(60_000), ""), 400, "context_length_exceeded").path("message").asText())
        .contains("60000 characters").contains("400 positions");
  }

  @Test
  void wrongCompletionPromptsAreNamed() throws Exception {
    for (String[] row : new String[][]{{"\"\"", "empty_prompt"}, {"[]", "empty_prompt"},
        {"[\"a\",\"b\"]", "unsupported"},
        {"[1,2,999]", "invalid_value"}, {"[1,-1]", "invalid_value"}, {"[1,\"a\"]", "invalid_type"},
        {"true", "invalid_type"}, {"null", "missing_field"}}) {
      refused(gateway.post("/v1/completions", "{\"model\":\"m\",\"prompt\":" + row[0] + "}"), 400, row[1]);
    }
    refused(gateway.post("/v1/completions", "{\"model\":\"m\",\"prompt\":\"a\",\"echo\":true}"), 400, "unsupported");
  }

  @Test
  void picturesThatAreNoneAreRefused() throws Exception {
    byte[] png = TestGateway.png();
    refused(TestGateway.picture(TestGateway.dataUrl("no image".getBytes(StandardCharsets.US_ASCII))), 400,
        "image_not_recognised");
    refused(TestGateway.picture(TestGateway.dataUrl(Arrays.copyOf(png, png.length / 2))), 400, "image_truncated");
    String message = refused(TestGateway.picture(TestGateway.dataUrl(claiming(png, 60_000))), 400,
        "image_too_many_pixels")
        .path("message").asText();
    assertThat(message).contains("60000x60000");
    refused(TestGateway.picture("data:image/png;base64,@@@"), 400, "image_data_url_invalid");
    refused(TestGateway.picture(TestGateway.dataUrl(png)).replace("\"m\"", "\"text\""), 400, "images_unsupported");
    assertThat(refused(TestGateway.chat("Hi", "").replace("\"m\"", "\"sight\""), 400, "image_missing").path("message")
        .asText()).contains("'sight' answers questions about a picture");
    String part = "{\"type\":\"image_url\",\"image_url\":\"" + TestGateway.dataUrl(png) + "\"}";
    refused("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[" + part + "," + part + "," + part + "]}]}",
        400, "too_many_images");
  }

  /** The picture with another size in its header. */
  private static byte[] claiming(byte[] png, int side) {
    byte[] out = png.clone();
    for (int at : new int[]{16, 20}) {
      out[at + 2] = (byte) (side >> 8);
      out[at + 3] = (byte) side;
    }
    CRC32 crc = new CRC32();
    crc.update(out, 12, 17);
    for (int i = 0; i < 4; i++) {
      out[29 + i] = (byte) (crc.getValue() >> (24 - 8 * i));
    }
    return out;
  }

  @Test
  void largeBodiesAreCutOff() throws Exception {
    refused(TestGateway.chat("x".repeat(2 << 20), ""), 413, "body_too_large");
    // A body that does not tell its length is cut off when it passes the cap.
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.gateway.port())) {
      socket.setSoTimeout(10_000);
      OutputStream out = socket.getOutputStream();
      out.write("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII));
      byte[] chunk = ("10000\r\n" + " ".repeat(0x10000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
      try {
        // Far more than the server is willing to throw away.
        for (int i = 0; i < 128; i++) {
          out.write(chunk);
        }
      } catch (IOException _) {
        // The server may close before everything was sent.
      }
      byte[] start = new byte[12];
      assertThat(socket.getInputStream().readNBytes(start, 0, 12)).isEqualTo(12);
      assertThat(new String(start, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 413");
    }
  }

  @Test
  void theClustersRefusalsKeepTheirMeaning() throws Exception {
    try {
      gateway.scheduler.script = call -> call.refuse(new ServiceError.Overloaded("full", Duration.ofMillis(2_500)));
      HttpResponse<String> busy = gateway.chat(TestGateway.chat("Hi", ",\"stream\":true"));
      refused(busy, 429, "overloaded");
      assertThat(busy.headers().firstValue("retry-after")).contains("3");
      gateway.scheduler.script = call -> call.refuse(new ServiceError.ContextTooLong(900, 400));
      assertThat(refused(TestGateway.chat("Hi", ""), 400, "context_length_exceeded").path("message").asText())
          .contains("900").contains("400");
      gateway.scheduler.script = call -> call.refuse(new ServiceError.NotFound("session_not_found", "no such session"));
      refused(TestGateway.chat("Hi", ",\"session_id\":\"ses-1\""), 404, "session_not_found");
      refused(TestGateway.chat("Hi", ",\"session_id\":\"../x\""), 404, "session_not_found");
      gateway.scheduler.script = call -> {
        throw new IllegalStateException("secret");
      };
      assertThat(refused(TestGateway.chat("Hi", ""), 500, "internal").toString()).doesNotContain("secret");
    } finally {
      gateway.scheduler.script = call -> call.answer("ok");
    }
    assertThat(gateway.chat(TestGateway.chat("Hi", "")).statusCode()).isEqualTo(200);
  }
}

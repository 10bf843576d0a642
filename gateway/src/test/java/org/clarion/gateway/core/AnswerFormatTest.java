package org.clarion.gateway.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class AnswerFormatTest {
  private static final String AWKWARD = "q\" b\\ n\n t\t z\u0000 d\u007f é 漢 \uD83E\uDE7A \u2028";
  private static final ObjectMapper JSON = new ObjectMapper();

  private static AnswerFormat format(boolean chat, boolean usage) {
    return new AnswerFormat(new AnswerFormat.Identity(chat, "id-1", 7, "m\"odel", "s", 11, usage));
  }

  private static JsonNode data(byte[] event) throws Exception {
    String text = new String(event, StandardCharsets.UTF_8);
    assertThat(text).startsWith("id: ").endsWith("\n\n");
    return JSON.readTree(text.substring(text.indexOf("data: ") + 6));
  }

  @Test
  void deltasCarryAnyText() throws Exception {
    assertThat(data(format(true, false).delta(3, AWKWARD)).at("/choices/0/delta/content").asText()).isEqualTo(AWKWARD);
    assertThat(data(format(false, false).delta(3, AWKWARD)).at("/choices/0/text").asText()).isEqualTo(AWKWARD);
    assertThat(new String(format(true, false).delta(12, "x"), StandardCharsets.UTF_8)).startsWith("id: 12\ndata: {");
  }

  @Test
  void everyChunkHasTheSameIdentity() throws Exception {
    AnswerFormat format = format(true, true);
    for (byte[] event : new byte[][]{format.role(0), format.delta(1, "x"), format.finish(2, "", List.of(), "stop"),
        Objects.requireNonNull(format.usage(3, new Usage(1, 1, 1)))}) {
      JsonNode chunk = data(event);
      assertThat(chunk.path("id").asText()).isEqualTo("id-1");
      assertThat(chunk.path("created").asInt()).isEqualTo(7);
      assertThat(chunk.path("model").asText()).isEqualTo("m\"odel");
      assertThat(chunk.path("object").asText()).isEqualTo("chat.completion.chunk");
      assertThat(chunk.path("session_id").asText()).isEqualTo("s");
    }
  }

  @Test
  void usageIsNullOrAbsentUntilItsOwnChunk() throws Exception {
    assertThat(data(format(true, true).delta(1, "x")).get("usage").isNull()).isTrue();
    assertThat(data(format(true, false).delta(1, "x")).has("usage")).isFalse();
    assertThat(format(true, false).usage(1, new Usage(1, 2, 3))).isNull();
    JsonNode usage = data(Objects.requireNonNull(format(true, true).usage(1, new Usage(10, 4, 3))));
    assertThat(usage.path("choices")).isEmpty();
    assertThat(usage.at("/usage/total_tokens").asInt()).isEqualTo(13);
    assertThat(usage.at("/usage/prompt_tokens_details/cached_tokens").asInt()).isEqualTo(4);
  }

  @Test
  void wholeAnswersCarryAnyText() throws Exception {
    JsonNode whole = JSON.readTree(format(true, false).whole(AWKWARD, null, "length", new Usage(1, 0, 2)));
    assertThat(whole.at("/choices/0/message/content").asText()).isEqualTo(AWKWARD);
    assertThat(whole.at("/choices/0/finish_reason").asText()).isEqualTo("length");
    assertThat(whole.path("object").asText()).isEqualTo("chat.completion");
  }
}

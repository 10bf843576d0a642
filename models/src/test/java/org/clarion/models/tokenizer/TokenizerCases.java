package org.clarion.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The checks that every vocabulary with reference ids has to pass. */
final class TokenizerCases {
  private final Tokenizer tokenizer;
  private final JsonNode cases;

  TokenizerCases(Tokenizer tokenizer, Path cases) throws IOException {
    this.tokenizer = tokenizer;
    this.cases = new ObjectMapper().readTree(cases.toFile());
  }

  /** Runs all of them. */
  void check() {
    assertThat(tokenizer.vocabularySize()).isEqualTo(cases.get("vocabulary").asInt());
    cases.get("texts").forEach(this::text);
    cases.get("repeats").forEach(this::repeat);
    cases.get("streams").forEach(this::stream);
  }

  private void text(JsonNode entry) {
    String text = entry.get("text").asText();
    int[] ids = ints(entry.get("ids"));
    assertThat(tokenizer.encodeTemplate(text)).as("template <%s>", text).isEqualTo(ids);
    int[] plain = tokenizer.encodeText(text);
    if (entry.has("ids_plain")) {
      assertThat(plain).as("user text <%s>", text).isEqualTo(ints(entry.get("ids_plain")));
      assertThat(tokenizer.decode(plain)).isEqualTo(entry.get("decoded").asText());
    } else if (tokenizer.specialTokens().stream().noneMatch(text::contains)) {
      assertThat(plain).as("user text <%s>", text).isEqualTo(ids);
      assertThat(tokenizer.decode(plain)).isEqualTo(entry.get("decoded").asText());
    } else {
      assertThat(tokenizer.decode(plain)).isEqualTo(text);
    }
    IntStream.of(plain).forEach(
        id -> assertThat(tokenizer.specialTokens().stream().map(tokenizer::idOf)).as(text).doesNotContain(id));
  }

  private void repeat(JsonNode entry) {
    int[] ids = tokenizer.encodeText(entry.get("unit").asText().repeat(entry.get("times").asInt()));
    assertThat(ids).hasSize(entry.get("count").asInt());
    assertThat(Arrays.copyOf(ids, 12)).isEqualTo(ints(entry.get("first")));
    assertThat(sha256(IntStream.of(ids).mapToObj(Integer::toString).collect(Collectors.joining(","))))
        .isEqualTo(entry.get("sha256_of_comma_joined").asText());
  }

  private void stream(JsonNode entry) {
    Tokenizer.StreamDecoder decoder = tokenizer.streamDecoder();
    assertThat(IntStream.of(ints(entry.get("ids"))).mapToObj(decoder::next)).as("%s", entry.get("ids"))
        .containsExactlyElementsOf(entry.get("chunks").valueStream().map(JsonNode::asText).toList());
    assertThat(decoder.flush()).isEqualTo(entry.get("flush").asText());
  }

  static int[] ints(JsonNode array) {
    return array.valueStream().mapToInt(JsonNode::asInt).toArray();
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}

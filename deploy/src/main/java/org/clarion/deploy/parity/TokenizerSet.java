package org.clarion.deploy.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.clarion.engine.parity.Comparison;
import org.clarion.models.tokenizer.Tokenizer;
import org.clarion.models.tokenizer.Tokenizers;
import org.clarion.rpc.Sha256;

/** Ids and texts of one vocabulary, all exact. */
final class TokenizerSet extends CaseSet {
  private final String vocabulary;
  private final String cases;

  /**
   * @param vocabulary
   *          tokenizer.json or GGUF file, relative to the fixtures
   * @param cases
   *          reference ids, relative to the fixtures
   */
  TokenizerSet(String name, String vocabulary, String cases) {
    super(name, vocabulary, cases);
    this.vocabulary = vocabulary;
    this.cases = cases;
  }

  @Override
  protected void compare(Path fixtures, Comparison comparison) throws IOException {
    Path file = fixtures.resolve(vocabulary);
    JsonNode expected = json(fixtures.resolve(cases));
    try (Tokenizer tokenizer = file.toString().endsWith(".json")
        ? Tokenizers.fromJson(file)
        : Tokenizers.fromGguf(file)) {
      expected.path("texts").forEach(entry -> text(tokenizer, entry, comparison));
      expected.path("repeats").forEach(entry -> repeat(tokenizer, entry, comparison));
      expected.path("streams").forEach(entry -> stream(tokenizer, entry, comparison));
    }
  }

  private static void text(Tokenizer tokenizer, JsonNode entry, Comparison comparison) {
    String text = entry.path("text").asText();
    int[] ids = ints(entry.path("ids"));
    comparison.same("ids of a template", tokenizer.encodeTemplate(text), ids);
    if (entry.has("ids_plain")) {
      comparison.same("ids of a user's text", tokenizer.encodeText(text), ints(entry.path("ids_plain")));
    } else if (tokenizer.specialTokens().stream().noneMatch(text::contains)) {
      comparison.same("ids of a user's text", tokenizer.encodeText(text), ids);
      same(comparison, "decoded text", tokenizer.decode(ids), entry.path("decoded").asText());
    }
  }

  private static void repeat(Tokenizer tokenizer, JsonNode entry, Comparison comparison) {
    int[] ids = tokenizer.encodeText(entry.path("unit").asText().repeat(entry.path("times").asInt()));
    comparison.same("first ids of a very long text", Arrays.copyOf(ids, 12), ints(entry.path("first")));
    String joined = IntStream.of(ids).mapToObj(Integer::toString).collect(Collectors.joining(","));
    same(comparison, "hash of a very long text's ids", Sha256.hex(joined),
        entry.path("sha256_of_comma_joined").asText());
  }

  private static void stream(Tokenizer tokenizer, JsonNode entry, Comparison comparison) {
    Tokenizer.StreamDecoder decoder = tokenizer.streamDecoder();
    int[] ids = ints(entry.path("ids"));
    for (int i = 0; i < ids.length; i++) {
      same(comparison, "what a streamed token adds", decoder.next(ids[i]), entry.path("chunks").path(i).asText());
    }
    same(comparison, "the end of a stream", decoder.flush(), entry.path("flush").asText());
  }
}

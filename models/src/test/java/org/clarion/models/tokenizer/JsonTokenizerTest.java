package org.clarion.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.clarion.models.Resources;
import org.clarion.models.SharedFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTokenizerTest {
  @Test
  void aByteLevelVocabularyGivesTheReferencesIdsAndText(@TempDir Path folder) throws IOException {
    try (Tokenizer tokenizer = Tokenizers.fromJson(Resources.copy("tokenizer/smollm2.tokenizer.json.gz", folder))) {
      new TokenizerCases(tokenizer, Resources.copy("tokenizer/smollm2.cases.json.gz", folder)).check();
    }
  }

  @Test
  void halfACharacterIsReplaced(@TempDir Path folder) throws IOException {
    try (Tokenizer tokenizer = Tokenizers.fromJson(Resources.copy("tokenizer/smollm2.tokenizer.json.gz", folder))) {
      assertThat(tokenizer.decode(tokenizer.encodeText("a\uD83D b\uDE42"))).isEqualTo("a\uFFFD b\uFFFD");
    }
  }

  @Test
  void oneTokenizerServesManyThreads(@TempDir Path folder) throws IOException {
    try (Tokenizer tokenizer = Tokenizers.fromJson(Resources.copy("tokenizer/smollm2.tokenizer.json.gz", folder))) {
      int[] expected = tokenizer.encodeText("The lungs are clear.");
      assertThat(IntStream.range(0, 2000).parallel().mapToObj(_ -> tokenizer.encodeText("The lungs are clear.")))
          .allSatisfy(ids -> assertThat(ids).isEqualTo(expected));
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"[]|is an object", "{}|'model' is missing",
      "{\"model\":{\"type\":\"Unigram\"}}|Unigram", "{\"model\":{\"type\":\"BPE\"}}|'vocab' is missing",
      "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":9999999}}}|9999999",
      "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0}}}|decoder ''", "{|cannot be read"})
  void aFileThatIsNoVocabularyIsRefused(String text, String message, @TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("bad.json"), text);
    assertThatThrownBy(() -> Tokenizers.fromJson(file)).isInstanceOf(TokenizerException.class)
        .hasMessageContaining("bad.json").hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "falcon"})
  void idsAndTextAreThoseOfTheReferences(String name) throws IOException {
    Path json = SharedFiles.require("fixtures/tokenizer/" + name + "/tokenizer.json");
    try (Tokenizer tokenizer = Tokenizers.fromJson(json)) {
      new TokenizerCases(tokenizer, SharedFiles.require("fixtures/tokenizer/" + name + "/cases.json")).check();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "falcon"})
  void idsAreThoseOfLlamaCpp(String name) throws IOException {
    Path cases = SharedFiles.require("fixtures/tokenizer/" + name + "/llama_cpp_cases.json");
    try (Tokenizer tokenizer = Tokenizers
        .fromJson(SharedFiles.require("fixtures/tokenizer/" + name + "/tokenizer.json"))) {
      for (JsonNode entry : new ObjectMapper().readTree(cases.toFile()).get("cases")) {
        String text = entry.get("text").asText();
        assertThat(tokenizer.encodeText(text)).as(text).isEqualTo(TokenizerCases.ints(entry.get("ids")));
      }
    }
  }
}

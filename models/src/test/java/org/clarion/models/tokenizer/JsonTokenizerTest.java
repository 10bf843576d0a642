package org.clarion.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.clarion.models.SharedFiles;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonTokenizerTest {
  private static final String SMOLLM = "models/smollm2-135m-instruct/tokenizer.json";

  @ParameterizedTest
  @CsvSource({"llama, fixtures/tokenizer/llama/tokenizer.json", "falcon, fixtures/tokenizer/falcon/tokenizer.json",
      "smollm2, " + SMOLLM})
  void idsAndTextAreThoseOfTheReferences(String name, String file) throws IOException {
    Path json = SharedFiles.require(file);
    try (Tokenizer tokenizer = Tokenizers.fromJson(json)) {
      new TokenizerCases(tokenizer, SharedFiles.require("fixtures/tokenizer/" + name + "/cases.json")).check();
    }
  }

  @ParameterizedTest
  @CsvSource({"llama", "falcon"})
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

package org.clarion.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.clarion.models.SharedFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GgufVocabularyTest {
  @ParameterizedTest
  @CsvSource({"llama, fixtures/tokenizer/llama/vocabulary.gguf", "llama, fixtures/tokenizer/llama/tokenizer.model",
      "smollm2, models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf"})
  void aVocabularyBuiltFromListsIsTheReferences(String name, String file) throws IOException {
    try (Tokenizer tokenizer = Tokenizers.fromFile(SharedFiles.require(file))) {
      new TokenizerCases(tokenizer, SharedFiles.require("fixtures/tokenizer/" + name + "/cases.json")).check();
    }
  }

  @Test
  void aSentencePieceVocabularyMergesByScoreAndFallsBackToBytes() {
    try (Tokenizer tokenizer = JsonTokenizer.of("x", GgufVocabulary.toJson("x", sentencePiece()))) {
      assertThat(tokenizer.encodeText("ab")).containsExactly(9);
      assertThat(tokenizer.encodeText("b\u0001")).containsExactly(5, 7, 3);
      assertThat(tokenizer.encodeText("</s>")).doesNotContain(2);
      assertThat(tokenizer.encodeTemplate("</s>")).containsExactly(2);
      assertThat(tokenizer.decode(new int[]{2, 9, 3, 6})).isEqualTo("ab\u0001a");
      assertThat(tokenizer.bosId()).isEqualTo(1);
      assertThat(tokenizer.encodeContinuation("b")).containsExactly(7);
    }
  }

  @ParameterizedTest
  @CsvSource({"model, bert, 'model ''bert'''", "tokens, , tokens is missing", "token_type, , token_type is missing",
      "scores, , scores is missing", "model, gpt2, 'pre ''(missing)'''"})
  void whatIsNotSupportedIsNamed(String key, String value, String message) {
    Map<String, Object> metadata = sentencePiece();
    if (value == null) {
      metadata.remove("tokenizer.ggml." + key);
    } else {
      metadata.put("tokenizer.ggml." + key, value);
    }
    assertThatThrownBy(() -> GgufVocabulary.toJson("x.gguf", metadata)).isInstanceOf(TokenizerException.class)
        .hasMessageContaining("x.gguf").hasMessageContaining(message);
  }

  private static Map<String, Object> sentencePiece() {
    Map<String, Object> metadata = new HashMap<>();
    metadata.put("tokenizer.ggml.model", "llama");
    metadata.put("tokenizer.ggml.tokens",
        List.of("<unk>", "<s>", "</s>", "<0x01>", "<0x2E>", "\u2581", "a", "b", "\u2581a", "\u2581ab", "."));
    metadata.put("tokenizer.ggml.token_type", List.of(2L, 3L, 3L, 6L, 6L, 1L, 1L, 1L, 1L, 1L, 1L));
    metadata.put("tokenizer.ggml.scores", List.of(0f, 0f, 0f, 0f, 0f, -5f, -6f, -7f, -1f, -2f, -9f));
    return metadata;
  }
}

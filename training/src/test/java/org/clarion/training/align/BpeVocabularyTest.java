package org.clarion.training.align;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.clarion.models.tokenizer.Tokenizer;
import org.clarion.models.tokenizer.Tokenizers;
import org.junit.jupiter.api.Test;

class BpeVocabularyTest {
  private static final List<String> TEXTS = List.of("The lungs are clear.",
      "The heart is enlarged. The lungs are clear.",
      "There is a small left pleural effusion.");

  @Test
  void readsBackEveryTextAndOnesThatItNeverSaw() {
    try (Tokenizer tokenizer = open(BpeVocabulary.learn(TEXTS, 300))) {
      for (String text : List.of(TEXTS.get(1), "Größe 12 µm, 97 %\n", "<|im_end|> is text here")) {
        assertThat(tokenizer.decode(tokenizer.encodeText(text))).isEqualTo(text);
      }
      assertThat(tokenizer.idOf("<|im_end|>")).isEqualTo(2);
      assertThat(tokenizer.vocabularySize()).isLessThanOrEqualTo(300);
    }
  }

  @Test
  void frequentWordsBecomeShort() {
    try (Tokenizer tokenizer = open(BpeVocabulary.learn(TEXTS, 300))) {
      assertThat(tokenizer.encodeText(" lungs are clear.").length).isLessThan(8);
    }
  }

  @Test
  void theSameTextsGiveTheSameVocabulary() {
    assertThat(BpeVocabulary.learn(TEXTS, 290)).isEqualTo(BpeVocabulary.learn(TEXTS, 290));
  }

  private static Tokenizer open(String json) {
    return Tokenizers.fromJson(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), "learned");
  }
}

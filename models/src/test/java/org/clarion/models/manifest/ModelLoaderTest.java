package org.clarion.models.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.clarion.models.SharedFiles;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.EvaWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelLoaderTest {
  private static final ModelManifest TINY = ModelCatalogue.builtIn().require("tiny");
  private static final ModelManifest SMOLLM = ModelCatalogue.builtIn().require("smollm2-135m");

  @Test
  void theTinyModelNeedsNothingOnDisk(@TempDir Path root) {
    ModelStore store = new ModelStore(root);
    try (DecoderWeights language = ModelLoader.language(TINY, store);
        VisionWeights vision = ModelLoader.vision(TINY, store, language.config().hidden());
        Tokenizer tokenizer = ModelLoader.tokenizer(TINY, store)) {
      assertThat(tokenizer.vocabularySize()).isEqualTo(language.config().vocabulary());
      assertThat(((EvaWeights) vision).imageSize()).isEqualTo(56);
      assertThat(vision.llmHidden()).isEqualTo(64);
      String text = "The lesion is brown; na\u00efve \uD83D\uDE42 <|im_end|>";
      assertThat(tokenizer.decode(tokenizer.encodeText(text))).isEqualTo(text);
      assertThat(tokenizer.encodeTemplate("<|im_end|>")).containsExactly(2);
      assertThat(TINY.stop().tokens()).allMatch(token -> tokenizer.idOf(token) >= 0);
    }
  }

  @Test
  void aModelThatIsNotThereIsRefusedByItsFiles(@TempDir Path root) {
    assertThatThrownBy(() -> ModelLoader.language(SMOLLM, new ModelStore(root))).isInstanceOf(ManifestException.class)
        .hasMessageContaining("SmolLM2-135M-Instruct.Q4_1.gguf");
  }

  @Test
  void theDownloadedModelIsVerifiedAndOpened(@TempDir Path root) throws IOException {
    Path gguf = SharedFiles.require("models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf");
    ModelStore store = new ModelStore(root);
    Files.createDirectories(store.folder(SMOLLM));
    Files.createSymbolicLink(store.languageWeights(SMOLLM), gguf);
    store.verify(SMOLLM, (_, _) -> {
    });
    try (DecoderWeights language = ModelLoader.language(SMOLLM, store);
        VisionWeights vision = ModelLoader.vision(SMOLLM, store, language.config().hidden());
        Tokenizer tokenizer = ModelLoader.tokenizer(SMOLLM, store)) {
      assertThat(tokenizer.vocabularySize()).isEqualTo(language.config().vocabulary()).isEqualTo(49152);
      assertThat(vision.llmHidden()).isEqualTo(576);
      assertThat(tokenizer.idOf("<|im_end|>")).isEqualTo(2);
    } finally {
      Files.delete(store.languageWeights(SMOLLM));
    }
  }
}

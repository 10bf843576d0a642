package org.clarion.models.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelCatalogueTest {
  @Test
  void theBuiltInModelsAreKnown() {
    ModelCatalogue catalogue = ModelCatalogue.standard();
    assertThat(catalogue.manifests()).extracting(ModelManifest::id).containsExactly("smollm2-135m", "tiny");
    ModelManifest smollm = catalogue.require("smollm2-135m");
    assertThat(smollm.download()).isNotNull();
    assertThat(smollm.language().config()).isNull();
    assertThat(smollm.vision()).isNotNull();
    assertThat(catalogue.require("tiny").language().config()).isNotNull();
  }

  @Test
  void anUnknownIdIsNamedTogetherWithTheKnownOnes() {
    assertThatThrownBy(() -> ModelCatalogue.standard().require("huge")).isInstanceOf(ManifestException.class)
        .hasMessageContaining("huge").hasMessageContaining("tiny");
  }

  @ParameterizedTest
  @CsvSource({"'id: tiny', '', id is missing", "hidden: 64, hiden: 64, language.config.hidden is missing",
      "layers: 2, 'layers: 2\n    extra: 1', 'unknown keys [language.config.extra]'",
      "prompt: chatml, prompt: chatmI, chatmI", "hidden: 64, hidden: 0, language.config.hidden must be",
      "hidden: 64, hidden: 1.5, language.config.hidden must be", "'random:7', 'random:x', random:x",
      "max-context: 1024, max-context: 2048, 2048", "'id: tiny', 'id: Tiny', Tiny",
      "patch: 14, patch: 15, image-size 56", "tokens: 8, tokens: 9, vision.tokens 9", "'id: tiny', 'id: [', not YAML",
      "'id: tiny', 'id: a\nid: b', not YAML"})
  void aBadManifestIsRefusedByTheNameOfItsKey(String from, String to, String message) throws IOException {
    String good;
    try (InputStream in = ModelCatalogue.class.getResourceAsStream("tiny.yaml")) {
      assertThat(in).isNotNull();
      good = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    int at = good.indexOf(from);
    String bad = good.substring(0, at) + to + good.substring(at + from.length());
    assertThatThrownBy(
        () -> ManifestReader.read("x.yaml", new ByteArrayInputStream(bad.getBytes(StandardCharsets.UTF_8))))
        .isInstanceOf(ManifestException.class).hasMessageContaining("x.yaml").hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({"''", "'- 1'", "word"})
  void whatIsNoMappingIsRefused(String text) {
    assertThatThrownBy(
        () -> ManifestReader.read("x.yaml", new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8))))
        .isInstanceOf(ManifestException.class).hasMessageContaining("must be a mapping");
  }

  @Test
  void aFolderAddsModelsAndCannotRepeatAnId(@TempDir Path folder) throws IOException {
    try (InputStream in = ModelCatalogue.class.getResourceAsStream("tiny.yaml")) {
      assertThat(in).isNotNull();
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      Files.writeString(folder.resolve("other.yaml"), text.replace("id: tiny", "id: other"));
      assertThat(ModelCatalogue.withFolder(folder).require("other").title()).isNotEmpty();
      Files.writeString(folder.resolve("twice.yaml"), text);
      assertThatThrownBy(() -> ModelCatalogue.withFolder(folder)).isInstanceOf(ManifestException.class)
          .hasMessageContaining("tiny");
    }
  }
}

package org.clarion.models.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelStoreTest {
  private static final String SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  private static final ModelManifest SMOLLM = ModelCatalogue.builtIn().require("smollm2-135m");

  @TempDir
  Path root = Path.of("");

  @Test
  void aModelIsPresentOnceItsFileIsThere() throws IOException {
    ModelStore store = new ModelStore(root);
    assertThat(store.present(SMOLLM)).isFalse();
    assertThat(store.folder(SMOLLM)).isEqualTo(root.resolve("models/smollm2-135m"));
    Files.createDirectories(store.folder(SMOLLM));
    Files.writeString(store.languageWeights(SMOLLM), "abc");
    assertThat(store.present(SMOLLM)).isTrue();
    assertThatThrownBy(() -> store.verify(SMOLLM, (_, _) -> {
    })).isInstanceOf(ManifestException.class)
        .hasMessageContaining("has 3 bytes instead of 98362432");
  }

  @Test
  void aRandomModelNeedsNoFiles() {
    ModelStore store = new ModelStore(root);
    ModelManifest tiny = ModelCatalogue.builtIn().require("tiny");
    assertThat(store.present(tiny)).isTrue();
    store.verify(tiny, (_, _) -> {
    });
    assertThatThrownBy(() -> store.languageWeights(tiny)).hasMessageContaining("random:7");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> new ModelStore(root).verify(SMOLLM, (_, _) -> {
    })).isInstanceOf(ManifestException.class)
        .hasMessageContaining(".gguf").extracting(e -> ((ManifestException) e).code()).isEqualTo("model_missing");
  }

  @Test
  void sizeAndHashAreChecked() throws IOException {
    Path file = Files.writeString(root.resolve("file"), "abc");
    List<Long> progress = new ArrayList<>();
    ModelStore.verify(file, 3, SHA256_OF_ABC, (bytes, total) -> progress.add(bytes * 100 / total));
    assertThat(progress).containsExactly(100L);
    assertThatThrownBy(() -> ModelStore.verify(file, 3, "0".repeat(64), (_, _) -> {
    }))
        .hasMessageContaining(SHA256_OF_ABC).extracting(e -> ((ManifestException) e).code()).isEqualTo("model_hash");
  }
}

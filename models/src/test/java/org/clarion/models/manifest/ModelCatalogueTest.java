package org.clarion.models.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.SwinConfig;
import org.clarion.models.architecture.VisionConfig;
import org.clarion.models.prompt.PromptTemplate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelCatalogueTest {
  @Test
  void theBuiltInModelsAreKnown() {
    ModelCatalogue catalogue = ModelCatalogue.builtIn();
    assertThat(catalogue.manifests()).extracting(ModelManifest::id).startsWith("smollm2-135m", "tiny")
        .contains("skingpt4-vicuna-7b", "skingpt4-vicuna-13b", "skingpt4-llama2-13b-chat", "skingpt4-falcon-40b",
            "xraygpt-vicuna-7b", "minigpt4-vicuna-7b", "minigpt4-vicuna-13b",
            "minigpt4-llama2-7b");
    ModelManifest smollm = catalogue.require("smollm2-135m");
    assertThat(smollm.download()).isNotNull();
    assertThat(smollm.language().config()).isNull();
    assertThat(smollm.vision()).isNotNull();
    assertThat(catalogue.require("tiny").language().config()).isNotNull();
  }

  @Test
  void thePublishedModelsSampleAndStopAsTheirMakersSay() {
    for (ModelManifest model : ModelCatalogue.builtIn().manifests()) {
      if (model.files().isEmpty()) {
        continue;
      }
      assertThat(model.samplingDefaults()).as(model.id())
          .isEqualTo(new SamplingDefaults(1, 0.9, 50, model.id().startsWith("minigpt4") ? 1.05 : 1, OptionalInt.of(300),
              OptionalInt.of(2000)));
      assertThat(model.stop().texts()).isEqualTo(model.prompt().name().equals("llama2") ? List.of() : List.of("###"));
      assertThat(model.vision()).isNotNull();
      // Every file that has to be brought says from where.
      assertThat(model.files()).hasSize(1 + model.vision().weights().size())
          .allSatisfy(file -> assertThat(file.from()).isNotBlank());
    }
    ModelManifest falcon = ModelCatalogue.builtIn().require("skingpt4-falcon-40b");
    assertThat(falcon.language().architecture()).isEqualTo(Architecture.FALCON);
    assertThat(falcon.stop().ids()).isEmpty();
    assertThat(ModelCatalogue.builtIn().require("xraygpt-vicuna-7b").stop().ids()).containsExactly(835);
  }

  /** The schema lists the templates by name, so that a misspelled one is refused by the schema already. */
  @Test
  void theSchemaKnowsEveryPromptTemplate() throws IOException {
    try (InputStream in = ModelCatalogue.class.getResourceAsStream("manifest.schema.json")) {
      JsonNode schema = new ObjectMapper().readTree(in);
      assertThat(schema.at("/properties/prompt/enum").valueStream().map(JsonNode::asText))
          .containsExactlyInAnyOrderElementsOf(PromptTemplate.all().keySet());
      assertThat(schema.at("/properties/language/properties/architecture/enum").valueStream().map(JsonNode::asText))
          .containsExactly("llama", "falcon");
    }
  }

  @Test
  void aFileBringsItsOwnFolderFilesAndSampling(@TempDir Path home) throws IOException {
    Path file = home.resolve("mine.yaml");
    Files.writeString(file, """
        id: mine
        title: Mine
        licence: MIT
        revision: "2"
        folder: weights
        language: {weights: llm.gguf, tokenizer: llm.gguf, max-context: 64, add-bos: true}
        prompt: chatml
        system: Be brief.
        stop: {ids: [7], texts: [end]}
        sampling: {top-k: 3}
        files:
          - {path: llm.gguf, from: a friend, bytes: 3, sha256: %s}
        """.formatted("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    ModelManifest mine = ModelCatalogue.builtIn().require(file.toString());
    assertThat(mine.revision()).isEqualTo("2");
    assertThat(mine.stop()).isEqualTo(new ModelManifest.Stop(List.of(), List.of(7), List.of("end")));
    assertThat(mine.prompt()).isEqualTo(new ModelManifest.Prompt("chatml", "Be brief."));
    Path written = Files.writeString(home.resolve("weights.yaml"), ManifestWriter.yaml(mine));
    assertThat(ModelCatalogue.builtIn().require(written.toString()).prompt()).isEqualTo(mine.prompt());
    assertThat(mine.samplingDefaults()).isEqualTo(
        new SamplingDefaults(1, 1, 3, 1, OptionalInt.empty(), OptionalInt.empty()));
    ModelStore store = new ModelStore(home.resolve("cache"));
    assertThat(store.languageWeights(mine)).isEqualTo(home.resolve("weights/llm.gguf"));
    Path shared = home.resolve("cache/models/shared/llm.gguf");
    Files.createDirectories(shared.getParent());
    Files.writeString(shared, "abd");
    assertThat(store.languageWeights(mine)).isEqualTo(shared);
    assertThatThrownBy(() -> store.verify(mine, (_, _) -> {
    })).hasMessageContaining("SHA-256");
    Files.writeString(shared, "abc");
    store.verify(mine, (_, _) -> {
    });
  }

  @Test
  void anUnknownIdIsNamedTogetherWithTheKnownOnes() {
    assertThatThrownBy(() -> ModelCatalogue.builtIn().require("huge")).isInstanceOf(ManifestException.class)
        .hasMessageContaining("huge").hasMessageContaining("tiny");
  }

  @Test
  void everyRouteOfPicturesCanBeDescribed() throws IOException {
    String good;
    try (InputStream in = ModelCatalogue.class.getResourceAsStream("tiny.yaml")) {
      assertThat(in).isNotNull();
      good = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    String rest = good.substring(good.indexOf("prompt:"));
    String head = good.substring(0, good.indexOf("vision:")) + "vision: {weights: ['random:1'], mean: [0.5, 0.5, 0.5], "
        + "std: [0.5, 0.5, 0.5], image-size: 56, ";
    assertThat(shape(head + "route: eva-concat, tokens: 4, "
        + "shape: {patch: 14, width: 64, blocks: 3, heads: 4, mlp: 128, concat: 4}}\n" + rest))
        .isEqualTo(new EvaConfig(14, 64, 3, 4, 128, new EvaConfig.Concat(4)));
    assertThat(shape(head + "route: swin, tokens: 1, shape: {patch: 4, width: 16, depths: [2, 2], heads: [1, 2], "
        + "window: 7, mlp-ratio: 4, features: 24}}\n" + rest))
        .isEqualTo(new SwinConfig(4, 16, List.of(2, 2), List.of(1, 2), 7, 4, 24));
  }

  private static VisionConfig shape(String manifest) throws IOException {
    ModelManifest.Vision vision = ManifestReader
        .read("x.yaml", null, new ByteArrayInputStream(manifest.getBytes(StandardCharsets.UTF_8))).vision();
    assertThat(vision).isNotNull();
    return vision.shape();
  }

  @ParameterizedTest
  @CsvSource({"'id: tiny', '', id is missing", "hidden: 64, hiden: 64, language.config.hidden is missing",
      "layers: 2, 'layers: 2\n    extra: 1', language.config.extra is not a known key",
      "prompt: chatml, prompt: chatmI, chatmI",
      "hidden: 64, hidden: 0, 'language.config.hidden is 0, but must have a minimum value of 1'",
      "hidden: 64, hidden: 1.5, language.config.hidden must be", "'random:7', 'random:x', random:x",
      "max-context: 1024, max-context: 2048, 2048", "'id: tiny', 'id: Tiny', Tiny",
      "patch: 14, patch: 15, vision.image-size: an image size of 56", "tokens: 8, tokens: 9, vision.tokens 9",
      "'id: tiny', 'id: [', not YAML",
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
        () -> ManifestReader.read("x.yaml", null, new ByteArrayInputStream(bad.getBytes(StandardCharsets.UTF_8))))
        .isInstanceOf(ManifestException.class).hasMessageContaining("x.yaml").hasMessageContaining(message);
  }

  @Test
  void everyFaultIsNamedAtOnceWithValueAndRule() {
    String bad = """
        id: Mine
        title: ''
        licence: MIT
        language: {weights: a, tokenizer: a, max-context: 1.5, add-bos: maybe, architecture: gpt}
        vision:
          weights: []
          image-size: 224
          mean: [0.5, 0.5]
          std: [0.5, 0, 0.5]
          tokens: 32
          shape: {patch: 14}
        prompt: chat
        stop: {ids: [-1]}
        sampling: {temperature: 3, top-p: 0}
        files: [{path: b, from: c, sha256: ABC}]
        """;
    assertThatThrownBy(() -> ManifestReader.read("x.yaml", null, new ByteArrayInputStream(bad.getBytes(
        StandardCharsets.UTF_8)))).isInstanceOf(ManifestException.class).message()
        .contains("id is \"Mine\", but does not match", "starting with a letter or digit", "title is \"\"",
            "language.max-context must be of type integer, not 1.5", "language.add-bos must be of type boolean",
            "language.architecture must be one of [\"llama\",\"falcon\"], not \"gpt\"",
            "vision.weights is []", "vision.mean is [0.5,0.5]", "vision.std[1] is 0",
            "vision.shape.width is missing", "prompt must be one of", "stop.ids[0] is -1",
            "sampling.temperature is 3, but must have a maximum value of 2 (0 (greedy) to 2)",
            "sampling.top-p is 0", "files[0].sha256 is \"ABC\"", "64 lower-case hexadecimal digits");
  }

  @ParameterizedTest
  @CsvSource({"''", "'- 1'", "word"})
  void whatIsNoMappingIsRefused(String text) {
    assertThatThrownBy(
        () -> ManifestReader.read("x.yaml", null, new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8))))
        .isInstanceOf(ManifestException.class).hasMessageContaining("must be a mapping");
  }

  @Test
  void foldersAddModelsAndCannotRepeatAnId(@TempDir Path folder) throws IOException {
    try (InputStream in = ModelCatalogue.class.getResourceAsStream("tiny.yaml")) {
      assertThat(in).isNotNull();
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      Path manifests = Files.createDirectory(folder.resolve("manifests"));
      Path whole = Files.createDirectories(folder.resolve("models").resolve("whole"));
      Files.writeString(manifests.resolve("other.yaml"), text.replace("id: tiny", "id: other"));
      Files.writeString(whole.resolve(ModelCatalogue.IN_FOLDER), text.replace("id: tiny", "id: whole"));
      Optional<Path> models = Optional.of(folder.resolve("models"));
      ModelCatalogue both = ModelCatalogue.withFolders(models, manifests);
      assertThat(both.require("other").id()).isEqualTo("other");
      assertThat(both.require("whole").id()).isEqualTo("whole");
      assertThat(ModelCatalogue.withFolders(Optional.empty(), folder.resolve("none")).manifests()).hasSameSizeAs(
          ModelCatalogue.builtIn().manifests());
      Files.writeString(manifests.resolve("twice.yaml"), text);
      assertThatThrownBy(() -> ModelCatalogue.withFolders(models, manifests)).isInstanceOf(ManifestException.class)
          .hasMessageContaining("tiny");
    }
  }
}

package org.clarion.deploy.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.clarion.deploy.terminal.Screen;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.models.checkpoint.ConvertedDecoder;
import org.clarion.models.checkpoint.ConvertedTower;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.SwinWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelLoader;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelManifest.Vision;
import org.clarion.models.manifest.ModelStore;
import org.clarion.models.tokenizer.Tokenizer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code clarion models convert} leaves: a whole model, or nothing. */
class ModelsConvertTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Screen screen = new Screen(new PrintStream(out, true, StandardCharsets.UTF_8),
      new PrintStream(err, true, StandardCharsets.UTF_8), false, false);

  @TempDir
  private Path temporary;

  @BeforeAll
  static void kernels() {
    assumeTrue(KernelLibrary.host().isPresent(), "no kernels of our own on this host");
  }

  private int run(String... arguments) {
    out.reset();
    err.reset();
    return Main.run(screen, arguments);
  }

  private String errors() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(temporary)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void theFolderIsAWholeModel() throws IOException {
    Path folder = temporary.resolve("deep/tiny-int8");
    assertThat(run("models", "convert", "tiny", "--to", folder.toString(), "--ranks", "2")).as(errors()).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("tiny is in", "int8 for 2 ranks, image tower in int8");
    ModelManifest manifest = ModelCatalogue.standard().require(folder.toString());
    ModelManifest original = ModelCatalogue.standard().require("tiny");
    assertThat(manifest.id()).isEqualTo("tiny");
    assertThat(manifest.revision()).isEqualTo("1-int8");
    assertThat(manifest.prompt()).isEqualTo(original.prompt());
    assertThat(manifest.stop()).isEqualTo(original.stop());
    Vision vision = Objects.requireNonNull(original.vision());
    assertThat(manifest.vision()).isEqualTo(new Vision(List.of("vision/tower.safetensors"), vision.imageSize(),
        vision.mean(), vision.std(), vision.shape(), vision.tokens(), vision.required()));
    assertThat(manifest.samplingDefaults()).isEqualTo(original.samplingDefaults());
    try (DecoderWeights weights = ModelLoader.language(manifest, ModelStore.standard())) {
      assertThat(weights).isInstanceOf(ConvertedDecoder.class);
      assertThat(weights.config()).isEqualTo(original.language().config());
    }
    assertThat(run("models", "check", folder.toString())).as(errors()).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("tiny is usable", "converted to int8 for 2 ranks",
        "converted to int8 for images of " + vision.imageSize() + " pixels");
    assertThat(run("models", "verify", folder.toString())).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("3 files with a known hash");
    assertThat(run("models", "path", folder.resolve("model.yaml").toString())).isZero();
  }

  @Test
  void aModelOfFilesBringsTowerAndVocabulary() throws IOException {
    Path source = ModelFiles.write(temporary.resolve("source"));
    Path folder = temporary.resolve("converted");
    assertThat(run("models", "convert", source.toString(), "--to", folder.toString(), "--precision", "int4"))
        .as(errors())
        .isZero();
    ModelManifest manifest = ModelCatalogue.standard().require(folder.toString());
    ModelStore store = ModelStore.standard();
    try (VisionWeights weights = ModelLoader.vision(manifest, store, 64);
        Tokenizer tokenizer = ModelLoader.tokenizer(manifest, store)) {
      assertThat(tokenizer.encodeText("What is it?")).isNotEmpty();
      assertThat(weights).isInstanceOfSatisfying(ConvertedTower.class, tower -> {
        assertThat(tower.header().packing().precision()).isEqualTo("int8");
        assertThat(tower.header().packing().source()).hasSize(64).isNotEqualTo(tower.header().decoder());
        assertThat(tower.header().decoder()).isEqualTo(ModelLoader.converted(manifest, store).orElseThrow().packing()
            .source());
      });
    }
    assertThat(run("models", "check", folder.toString())).as(errors()).isZero();
    assertThat(run("models", "verify", folder.toString())).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("3 files with a known hash");
  }

  @Test
  void aTowerIsCopiedOnRequest() throws IOException {
    Path source = ModelFiles.write(temporary.resolve("source"));
    Path folder = temporary.resolve("converted");
    assertThat(run("models", "convert", source.toString(), "--to", folder.toString(), "--image-tower", "copy"))
        .as(errors()).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("image tower copied");
    ModelManifest original = ModelCatalogue.standard().require(source.toString());
    ModelManifest manifest = ModelCatalogue.standard().require(folder.toString());
    ModelStore store = ModelStore.standard();
    try (VisionWeights before = ModelLoader.vision(original, store, 64);
        VisionWeights after = ModelLoader.vision(manifest, store, 64)) {
      assertThat(after.checkpoint().tensors().keySet()).isEqualTo(before.checkpoint().tensors().keySet());
      for (String name : before.checkpoint().tensors().keySet()) {
        assertThat(ModelFiles.floats(after.checkpoint(), name)).isEqualTo(ModelFiles.floats(before.checkpoint(), name));
      }
    }
    assertThat(run("models", "check", folder.toString())).as(errors()).isZero();
    assertThat(run("models", "verify", folder.toString())).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("3 files with a known hash");
  }

  @Test
  void whatIsThereIsReplacedOnRequestOnlyAndOnlyAConvertedModel() throws IOException {
    Path folder = temporary.resolve("model");
    Files.createDirectory(folder);
    assertThat(run("models", "convert", "tiny", "--to", folder.toString())).as(errors()).isZero();
    assertThat(run("models", "convert", "tiny", "--to", folder.toString())).isEqualTo(1);
    assertThat(errors()).contains("--force replaces it");
    assertThat(run("models", "convert", "tiny", "--to", folder.toString(), "--precision", "int4", "--force")).isZero();
    assertThat(ModelCatalogue.standard().require(folder.toString()).revision()).isEqualTo("1-int4");
    Path home = Files.createDirectory(temporary.resolve("home"));
    Files.writeString(home.resolve("thesis.txt"), "years of work");
    assertThat(run("models", "convert", "tiny", "--to", home.toString(), "--force")).isEqualTo(1);
    assertThat(errors()).contains("no converted model");
    assertThat(left()).containsExactly("home", "model");
    assertThat(home.resolve("thesis.txt")).exists();
  }

  @Test
  void whatAKilledConversionLeftIsNoModelAndGoesWithTheNextOne() throws IOException {
    Path folder = temporary.resolve("model");
    Path partial = Files.createDirectories(temporary.resolve("model.partial"));
    Files.writeString(Files.createDirectory(partial.resolve("decoder")).resolve("rank-0-of-1.safetensors"), "half");
    assertThat(run("models", "check", partial.toString())).isNotZero();
    assertThat(run("demo", "--llm", partial.toString(), "--once")).isEqualTo(2);
    assertThat(run("models", "convert", "tiny", "--to", folder.toString())).as(errors()).isZero();
    assertThat(left()).containsExactly("model");
  }

  @Test
  void anInterruptedConversionLeavesNothing() throws IOException {
    Thread.currentThread().interrupt();
    int code = run("models", "convert", "tiny", "--to", temporary.resolve("model").toString());
    assertThat(Thread.interrupted()).isTrue();
    assertThat(code).as(errors()).isEqualTo(130);
    assertThat(left()).isEmpty();
  }

  @Test
  void twoConversionsDoNotFillOneFolder() throws IOException {
    Path partial = Files.createDirectories(temporary.resolve("model.partial"));
    try (FileChannel channel = FileChannel.open(partial.resolve(".lock"), StandardOpenOption.CREATE,
        StandardOpenOption.WRITE); FileLock _ = channel.lock()) {
      assertThat(run("models", "convert", "tiny", "--to", temporary.resolve("model").toString())).isEqualTo(1);
      assertThat(errors()).contains("another process");
    }
    assertThat(left()).containsExactly("model.partial");
  }

  @Test
  void wrongUsageAndMissingModelsHaveTheirCodes() throws IOException {
    String to = temporary.resolve("model").toString();
    assertThat(run("models", "convert", "tiny")).isEqualTo(2);
    assertThat(run("models", "convert", "tiny", "--to", to, "--precision", "int3")).isEqualTo(2);
    assertThat(errors()).contains("int3", "int8, int4, bf16");
    assertThat(run("models", "convert", "tiny", "--to", to, "--ranks", "0")).isEqualTo(2);
    assertThat(run("models", "convert", "tiny", "--to", to, "--image-tower", "f32")).isEqualTo(2);
    assertThat(errors()).contains("f32", "auto, int8, bf16, copy");
    assertThat(run("models", "convert", "no-such-model", "--to", to)).isEqualTo(2);
    assertThat(run("models", "convert", "tiny", "--to", to, "--ranks", "3")).isEqualTo(1);
    assertThat(errors()).contains("3 ranks");
    Path manifest = ModelFiles.manifest(temporary.resolve("absent"));
    assertThat(run("models", "convert", manifest.toString(), "--to", to)).isEqualTo(4);
    assertThat(left()).containsExactly("absent");
  }

  @Test
  void aConvertedModelIsNotConvertedAgain() throws IOException {
    String first = temporary.resolve("first").toString();
    assertThat(run("models", "convert", "tiny", "--to", first)).isZero();
    assertThat(run("models", "convert", first, "--to", temporary.resolve("second").toString())).isEqualTo(1);
    assertThat(errors()).contains("converted already");
    assertThat(left()).containsExactly("first");
  }

  @Test
  void aSwinTowerIsCopiedAndSaysSo() throws IOException {
    Path source = ModelFiles.writeWithSwin(temporary.resolve("source"));
    Path folder = temporary.resolve("converted");
    assertThat(run("models", "convert", source.toString(), "--to", folder.toString(), "--image-tower", "int8"))
        .isEqualTo(1);
    assertThat(errors()).contains("Swin", "int8");
    assertThat(run("models", "convert", source.toString(), "--to", folder.toString())).as(errors()).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("image tower copied: no kernel of our own computes Swin");
    try (VisionWeights tower = ModelLoader.vision(ModelCatalogue.standard().require(folder.toString()),
        ModelStore.standard(), 64)) {
      assertThat(tower).isInstanceOf(SwinWeights.class);
    }
    assertThat(run("models", "check", folder.toString())).as(errors()).isZero();
  }

  @Test
  void aTowerOfAnotherSizeOrModelIsRefused() throws IOException {
    Path folder = temporary.resolve("tiny");
    assertThat(run("models", "convert", "tiny", "--to", folder.toString())).as(errors()).isZero();
    Path manifest = folder.resolve("model.yaml");
    String text = Files.readString(manifest);
    Files.writeString(manifest, text.replace("image-size: 56", "image-size: 84"));
    assertThat(run("models", "check", folder.toString())).isNotZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("converted for images of 56 pixels a side, asked for are 84");
    Files.writeString(manifest, text);
    Path other = temporary.resolve("other");
    Path source = ModelFiles.write(temporary.resolve("source"));
    assertThat(run("models", "convert", source.toString(), "--to", other.toString())).as(errors()).isZero();
    Files.copy(other.resolve("vision/tower.safetensors"), folder.resolve("vision/tower.safetensors"),
        StandardCopyOption.REPLACE_EXISTING);
    assertThat(run("models", "check", folder.toString())).isNotZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("parts of different models");
    assertThatThrownBy(() -> ModelLoader.vision(ModelCatalogue.standard().require(folder.toString()), ModelStore
        .standard(), 64)).hasMessageContaining("random:").hasMessageContaining("different models");
  }

  @Test
  void itAnswersInADemo() throws IOException {
    String folder = temporary.resolve("tiny-int4").toString();
    assertThat(run("models", "convert", "tiny", "--to", folder, "--precision", "int4")).isZero();
    assertThat(run("demo", "--llm", folder, "--once", "--max-tokens", "4", "--port", "0", "--logs",
        temporary.resolve("logs").toString())).as(errors()).isZero();
    assertThat(errors()).contains("1 rank of the language model");
    assertThat(run("demo", "--llm", folder, "--once", "--ranks", "2", "--port", "0", "--logs",
        temporary.resolve("logs").toString())).isEqualTo(1);
    assertThat(errors()).contains("converted for 1 rank", "has 2");
  }
}

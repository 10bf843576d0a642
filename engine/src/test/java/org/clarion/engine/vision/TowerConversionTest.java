package org.clarion.engine.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.PrecisionSetting;
import org.clarion.engine.kernel.ConversionFile.Written;
import org.clarion.engine.kernel.KernelException;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.engine.script.Device;
import org.clarion.engine.vision.TowerConversion.Target;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.SwinConfig;
import org.clarion.models.architecture.VisionConfig;
import org.clarion.models.checkpoint.CheckpointException;
import org.clarion.models.checkpoint.ConvertedTower;
import org.clarion.models.checkpoint.EvaWeights;
import org.clarion.models.checkpoint.PartLayouts;
import org.clarion.models.checkpoint.SafetensorsFile;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelManifest;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A converted image tower computes the very bits of the one that it was made from, or is refused. */
class TowerConversionTest {
  private static final int TRAINED = 32;
  private static final int HIDDEN = 40;
  private static final EvaConfig FORMER = new EvaConfig(8, 48, 3, 4, 96, new EvaConfig.QFormer(6, 32, 3, 4, 64));
  private static final EvaConfig CONCAT = new EvaConfig(8, 48, 2, 3, 96, new EvaConfig.Concat(4));

  @TempDir
  private Path folder;

  @BeforeAll
  static void kernels() {
    assumeTrue(KernelLibrary.host().isPresent(), "no kernels of our own on this host");
  }

  /** Both bridges; positions as they were trained and resampled. */
  static Stream<Arguments> towers() {
    return Stream.of(FORMER, CONCAT).flatMap(config -> Stream.of(TRAINED, 48).flatMap(
        size -> Stream.of(Precision.INT8, Precision.BFLOAT16).map(kind -> Arguments.of(config, size, kind))));
  }

  @ParameterizedTest
  @MethodSource("towers")
  void aConvertedTowerComputesTheSameBits(EvaConfig config, int size, Precision precision) throws IOException {
    assumeTrue(precision != Precision.BFLOAT16 || KernelLibrary.host().orElseThrow().multipliesBfloat16(),
        "this processor does not multiply bfloat16");
    Written written = convert(config, precision, size);
    assertThat(Files.size(folder.resolve(written.name()))).isEqualTo(written.bytes());
    float[] expected;
    try (VisionWeights original = original(config);
        ImageTower tower = ImageTowers.load(original, vision(config, size), new TowerOptions(precision, 2))) {
      expected = tower.encode(image(size, 1));
    }
    ImageTower tower;
    try (VisionWeights converted = open(config)) {
      assertThat(converted).isInstanceOf(ConvertedTower.class);
      assertThat(PrecisionSetting.forImageTower("auto", Device.CPU, converted)).isEqualTo(precision);
      tower = ImageTowers.load(converted, vision(config, size), new TowerOptions(precision, 1));
    }
    // What it computes with stays mapped when the weights are closed.
    try (tower) {
      assertThat(tower.encode(image(size, 2))).isNotEqualTo(expected);
      assertThat(tower.encode(image(size, 1))).isEqualTo(expected);
    }
  }

  @Test
  void theFileIsPlainAndSaysWhatItIs() throws IOException {
    convert(FORMER, Precision.INT8, 48);
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("tower.safetensors"))) {
      assertThat(file.metadata()).containsEntry("clarion.precision", "int8").containsEntry("clarion.image-size", "48")
          .containsEntry("clarion.llm-hidden", "40").containsEntry("clarion.source", "random:7")
          .containsEntry("clarion.decoder", "random:5");
      assertThat(file.tensors()).containsKeys("visual_encoder.positions", "visual_encoder.blocks.2.attn.qkv.data",
          "Qformer.bert.seen.factors", "query_tokens", "llama_proj.bias");
      assertThat(file.tensors().keySet()).filteredOn(name -> !name.startsWith("padding."))
          .allSatisfy(name -> assertThat(file.bytes(name).address() % 64).isZero());
    }
    PartLayouts.Vision found = PartLayouts.vision(List.of(folder.resolve("tower.safetensors")), FORMER);
    assertThat(found.imageSize()).hasValue(48);
    assertThat(found.llmHidden()).hasValue(HIDDEN);
    assertThat(found.layout().usable()).isTrue();
    assertThat(found.converted()).isPresent();
  }

  @Test
  void anotherPrecisionOrImageSizeIsRefusedWithBothValues() throws IOException {
    convert(FORMER, Precision.INT8, TRAINED);
    assertRefused("converted_precision", () -> load(Precision.BFLOAT16, TRAINED), "int8", "bf16");
    assertRefused("converted_precision", () -> load(Precision.FLOAT32, TRAINED), "int8", "f32");
    assertRefused("converted_image_size", () -> load(Precision.INT8, 48), "32 pixels", "48");
    load(Precision.INT4, TRAINED);
  }

  @Test
  void anotherVersionLayoutOrBlocksAreRefusedWithBothValues() throws IOException {
    convert(FORMER, Precision.INT8, TRAINED);
    Path file = folder.resolve("tower.safetensors");
    byte[] original = Files.readAllBytes(file);
    edit(file, original, "\"clarion.version\":\"1\"", "\"clarion.version\":\"7\"");
    assertRefused("converted_version", () -> load(Precision.INT8, TRAINED), "version 7", "version 1");
    edit(file, original, "panels-64-v1", "panels-64-v9");
    assertRefused("converted_layout", () -> load(Precision.INT8, TRAINED), "panels-64-v9", "panels-64-v1");
    edit(file, original, "width 16", "width 64");
    assertRefused("converted_layout", () -> load(Precision.INT8, TRAINED), "width 64", "width 16");
    edit(file, original, "clarion.decoder", "clarion.dekoder");
    assertRefused("checkpoint_malformed", () -> load(Precision.INT8, TRAINED), "clarion.decoder");
  }

  @Test
  void anotherShapeIsRefusedWithBothValues() throws IOException {
    convert(FORMER, Precision.INT8, TRAINED);
    EvaConfig deeper = new EvaConfig(8, 48, 4, 4, 96, FORMER.bridge());
    assertRefused("checkpoint_mismatch", () -> open(deeper).close(), "\"blocks\":3", "\"blocks\":4");
    assertRefused("checkpoint_mismatch", () -> open(CONCAT).close(), "\"queries\":6", "\"concat\":4");
    SwinConfig swin = new SwinConfig(4, 32, List.of(2, 2), List.of(2, 4), 4, 4, 24);
    assertRefused("checkpoint_mismatch", () -> open(swin).close(), "Swin");
  }

  @Test
  void aPackedTowerIsUsedAlone() throws IOException {
    convert(FORMER, Precision.INT8, TRAINED);
    Path file = folder.resolve("tower.safetensors");
    assertRefused("converted_alone", () -> VisionWeights.open(List.of(file, file), FORMER).close(), "packed");
    assertRefused("converted_alone", () -> PartLayouts.vision(List.of(file, file), FORMER), "packed");
    assertRefused("converted_alone",
        () -> VisionWeights.of(List.of(SafetensorsFile.open(file)), FORMER).close(), "train");
  }

  @Test
  void aDeviceWithoutTheKernelsIsRefused() throws IOException {
    convert(FORMER, Precision.INT8, TRAINED);
    try (VisionWeights weights = open(FORMER)) {
      assertThatThrownBy(() -> ImageTowers.load(weights, vision(FORMER, TRAINED),
          new TowerOptions(Precision.INT8, 1, new Device("cuda")))).isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("int8").hasMessageContaining("libtorch needs the original");
    }
  }

  @Test
  void aTruncatedFileIsRefused() throws IOException {
    convert(CONCAT, Precision.INT8, TRAINED);
    Path file = folder.resolve("tower.safetensors");
    for (long size : new long[]{Files.size(file) - 1, Files.size(file) / 2, 100, 3}) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(size);
      }
      assertThatThrownBy(() -> open(CONCAT).close()).isInstanceOf(CheckpointException.class);
    }
  }

  @Test
  void whatAnInterruptedConversionLeavesIsRefused() {
    try (VisionWeights weights = original(CONCAT)) {
      TowerConversion conversion = conversion(weights, Precision.INT8, TRAINED);
      assertThatThrownBy(() -> conversion.write(folder, bytes -> {
        if (bytes > conversion.bytes() / 2) {
          throw new UncheckedIOException(new IOException("stopped half-way"));
        }
      })).hasMessageContaining("half-way");
    }
    assertThatThrownBy(() -> open(CONCAT).close()).isInstanceOf(CheckpointException.class);
  }

  @Test
  void whatCannotBeConvertedIsRefused() {
    try (VisionWeights weights = original(FORMER)) {
      assertThatThrownBy(() -> conversion(weights, Precision.FLOAT32, TRAINED))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> conversion(weights, Precision.INT8, 30)).hasMessageContaining("30");
    }
    EvaConfig odd = new EvaConfig(7, 48, 1, 4, 96, new EvaConfig.Concat(4));
    try (VisionWeights weights = VisionWeights.random(odd, 28, HIDDEN, 7)) {
      assertThatThrownBy(() -> conversion(weights, Precision.INT8, 28)).isInstanceOf(KernelException.class)
          .hasMessageContaining("147");
    }
  }

  private Written convert(EvaConfig config, Precision precision, int size) throws IOException {
    try (VisionWeights weights = original(config)) {
      TowerConversion conversion = conversion(weights, precision, size);
      long[] last = new long[1];
      Written written = conversion.write(folder, bytes -> last[0] = bytes);
      assertThat(last[0]).isEqualTo(conversion.bytes()).isEqualTo(written.bytes());
      return written;
    }
  }

  private static TowerConversion conversion(VisionWeights weights, Precision precision, int size) {
    return new TowerConversion(KernelLibrary.host().orElseThrow(), "tower.safetensors", (EvaWeights) weights,
        new Target(precision, size, "random:7", "random:5"));
  }

  private static VisionWeights original(EvaConfig config) {
    return VisionWeights.random(config, TRAINED, HIDDEN, 7);
  }

  private VisionWeights open(VisionConfig config) {
    return VisionWeights.open(List.of(folder.resolve("tower.safetensors")), config);
  }

  private void load(Precision precision, int size) {
    try (VisionWeights weights = open(FORMER);
        ImageTower tower = ImageTowers.load(weights, vision(FORMER, size), new TowerOptions(precision, 1))) {
      assertThat(tower.imageSize()).isEqualTo(size);
    }
  }

  private static ModelManifest.Vision vision(EvaConfig config, int size) {
    return new ModelManifest.Vision(List.of(), size, List.of(0.5, 0.4, 0.3), List.of(0.2, 0.25, 0.3), config,
        config.tokens(size));
  }

  private static PixelTensor image(int size, long seed) {
    byte[] bytes = new byte[3 * size * size];
    new Random(seed).nextBytes(bytes);
    return new PixelTensor(size, bytes);
  }

  private static void assertRefused(String code, Runnable action, String... values) {
    assertThatThrownBy(action::run).isInstanceOfSatisfying(CheckpointException.class,
        refused -> assertThat(refused.code()).isEqualTo(code)).message().contains(values);
  }

  private static void edit(Path file, byte[] original, String from, String to) throws IOException {
    byte[] bytes = original.clone();
    int headerEnd = 8 + Math.toIntExact(ByteBuffer.wrap(original).order(ByteOrder.LITTLE_ENDIAN).getLong());
    String header = new String(original, 8, headerEnd - 8, StandardCharsets.UTF_8);
    assertThat(header).contains(from);
    byte[] edited = header.replace(from, to).getBytes(StandardCharsets.UTF_8);
    System.arraycopy(edited, 0, bytes, 8, edited.length);
    Files.write(file, bytes);
  }
}

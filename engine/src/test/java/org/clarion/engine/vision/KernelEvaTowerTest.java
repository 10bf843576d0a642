package org.clarion.engine.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.checkpoint.EvaWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelManifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class KernelEvaTowerTest {
  private static final int HIDDEN = 40;
  private static final EvaConfig FORMER = new EvaConfig(8, 48, 3, 4, 96, new EvaConfig.QFormer(6, 32, 3, 4, 64));
  private static final EvaConfig CONCAT = new EvaConfig(8, 48, 2, 3, 96, new EvaConfig.Concat(4));
  /** Heads of 88, several tiles of queries. */
  private static final EvaConfig WIDE = new EvaConfig(4, 176, 2, 2, 192, new EvaConfig.QFormer(14, 48, 2, 4, 64));

  @BeforeEach
  void kernels() {
    assumeTrue(KernelLibrary.host().isPresent(), "no kernels on this host");
  }

  private static ImageTower load(EvaConfig config, int imageSize, Precision precision, int threads) {
    if (precision == Precision.BFLOAT16) {
      assumeTrue(KernelLibrary.host().orElseThrow().multipliesBfloat16(), "no bfloat16 products on this host");
    }
    ModelManifest.Vision vision = new ModelManifest.Vision(List.of(), imageSize, List.of(0.5, 0.4, 0.3),
        List.of(0.2, 0.25, 0.3), config, config.tokens(imageSize));
    try (VisionWeights weights = VisionWeights.random(config, 32, HIDDEN, 7)) {
      return ImageTowers.load(weights, vision, new TowerOptions(precision, threads));
    }
  }

  private static PixelTensor image(int size, long seed) {
    byte[] bytes = new byte[3 * size * size];
    new Random(seed).nextBytes(bytes);
    return new PixelTensor(size, bytes);
  }

  static Stream<Arguments> cases() {
    return Stream.of(FORMER, CONCAT, WIDE).flatMap(config -> Stream.of(32, 48).flatMap(
        size -> Stream.of(Arguments.of(config, size, Precision.BFLOAT16, 0.01), Arguments.of(config, size,
            Precision.INT8, 0.03))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyKindIsCloseToFloat32(EvaConfig config, int size, Precision precision, double tolerance) {
    try (ImageTower exact = load(config, size, Precision.FLOAT32, 1);
        ImageTower tower = load(config, size, precision, 2)) {
      assertThat(tower).isInstanceOf(KernelEvaTower.class);
      assertThat(tower.precision()).isEqualTo(precision);
      assertThat(tower.tokens()).isEqualTo(exact.tokens());
      float[] expected = exact.encode(image(size, 3));
      float[] actual = tower.encode(image(size, 3));
      assertThat(actual).hasSameSizeAs(expected);
      double difference = 0;
      double norm = 0;
      for (int i = 0; i < expected.length; i++) {
        difference += Math.pow(actual[i] - expected[i], 2);
        norm += Math.pow(expected[i], 2);
      }
      assertThat(Math.sqrt(difference / norm)).isLessThan(tolerance);
    }
  }

  static Stream<Arguments> towers() {
    return cases().map(arguments -> Arguments.of(arguments.get()[0], arguments.get()[1], arguments.get()[2]));
  }

  @ParameterizedTest
  @MethodSource("towers")
  void threadsAndEarlierImagesDoNotChangeABit(EvaConfig config, int size, Precision precision) {
    try (ImageTower one = load(config, size, precision, 1); ImageTower three = load(config, size, precision, 3)) {
      float[] expected = one.encode(image(size, 1));
      assertThat(three.encode(image(size, 2))).isNotEqualTo(expected);
      assertThat(three.encode(image(size, 1))).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("towers")
  void imagesBesideItDoNotChangeABit(EvaConfig config, int size, Precision precision) {
    try (ImageTower tower = load(config, size, precision, 2)) {
      List<PixelTensor> images = LongStream.range(0, tower.together() + 2).mapToObj(i -> image(size, i)).toList();
      List<float[]> together = tower.encode(images);
      List<float[]> alone = images.stream().map(image -> tower.encode(image)).toList();
      assertThat(together).hasSameSizeAs(images);
      for (int i = 0; i < alone.size(); i++) {
        assertThat(together.get(i)).as("image %d", i).isEqualTo(alone.get(i));
      }
      assertThat(alone.get(1)).isNotEqualTo(alone.get(0));
    }
  }

  @Test
  void positionsAreResampledAsLibtorchDoes() {
    ModelManifest.Vision vision = new ModelManifest.Vision(List.of(), 56, List.of(0.5, 0.4, 0.3),
        List.of(0.2, 0.25, 0.3), FORMER, 6);
    try (VisionWeights weights = VisionWeights.random(FORMER, 32, HIDDEN, 7);
        EvaTower reference = EvaTower.load((EvaWeights) weights, vision,
            new TowerOptions(Precision.FLOAT32, 1))) {
      FloatBuffer trained = FloatBuffer.allocate(17 * 48);
      weights.checkpoint().readFloats("visual_encoder.pos_embed", trained);
      assertThat(PositionGrid.resample(trained.array(), 48, 4, 7)).containsExactly(reference.positionEmbedding(),
          within(1e-6f));
    }
  }

  @Test
  void anImageOfAnotherSizeIsRefused() {
    try (ImageTower tower = load(FORMER, 32, Precision.INT8, 1)) {
      assertThatThrownBy(() -> tower.encode(image(48, 1))).hasMessageContaining("32").hasMessageContaining("48");
      assertThatThrownBy(() -> tower.encode(List.of(image(32, 1), image(48, 1)))).hasMessageContaining("48");
    }
    assertThatThrownBy(() -> load(FORMER, 30, Precision.INT8, 1)).hasMessageContaining("30").hasMessageContaining(
        "patch");
  }

  @Test
  void int4IsInt8() {
    try (ImageTower small = load(FORMER, 32, Precision.INT4, 1);
        ImageTower tower = load(FORMER, 32, Precision.INT8, 1)) {
      assertThat(small.precision()).isEqualTo(Precision.INT8);
      assertThat(small.encode(image(32, 1))).isEqualTo(tower.encode(image(32, 1)));
    }
  }
}

package org.clarion.engine.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.vision.TowerPart;
import org.clarion.models.architecture.FalconConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class GradientTest {
  private static final AdamW.Settings SETTINGS = new AdamW.Settings(0.9, 0.999, 1e-8, 0, 1);
  private static final int[] PICTURES = {0, 1, 2};
  private static final Set<TowerPart> ALL = EnumSet.allOf(TowerPart.class);

  /** Every parameter's gradient, against what the loss does when the parameter moves a little along a random way. */
  @Test
  void gradientsOfAllPartsAreThoseOfTheLoss() {
    try (SmallPupil pupil = new SmallPupil(Precision.FLOAT32, ALL, SmallPupil.LLAMA, true);
        AdamW optimiser = new AdamW(pupil.parameters(), SETTINGS, 1)) {
      pupil.loss(PICTURES, optimiser, 1, true);
      List<float[]> start = pupil.parameters().stream().map(Parameter::values).toList();
      Random random = new Random(7);
      for (int i = 0; i < start.size(); i++) {
        float[] gradient = optimiser.gradient(i);
        float[] way = new float[gradient.length];
        double small = 0.05 * deviation(start.get(i));
        double slope = 0;
        for (int j = 0; j < way.length; j++) {
          way[j] = (float) (random.nextGaussian() * small);
          slope += gradient[j] * way[j];
        }
        // Third derivatives cancel, so that what is left is the rounding of a float loss.
        double near = at(pupil, optimiser, start, i, way, 1) - at(pupil, optimiser, start, i, way, -1);
        double far = at(pupil, optimiser, start, i, way, 2) - at(pupil, optimiser, start, i, way, -2);
        double rise = (8 * near - far) / 12;
        assertThat(rise).as(pupil.parameters().get(i).name()).isCloseTo(slope, within(2e-6 + 0.03 * Math.abs(
            slope)));
      }
    }
  }

  /** Of a matrix; biases start as zeros and have another measure. */
  private static double deviation(float[] values) {
    double squares = 0;
    for (float value : values) {
      squares += value * value;
    }
    return squares == 0 ? 0.1 : Math.sqrt(squares / values.length);
  }

  private static double at(SmallPupil pupil, AdamW optimiser, List<float[]> start, int moved, float[] way, float sign) {
    List<float[]> values = new ArrayList<>(start);
    float[] other = start.get(moved).clone();
    for (int j = 0; j < other.length; j++) {
      other[j] += sign * way[j];
    }
    values.set(moved, other);
    optimiser.restore(0, values, start.stream().map(v -> new AdamW.Moments(new float[v.length], new float[v.length]))
        .toList());
    return pupil.loss(PICTURES, optimiser, 1, false);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "BFLOAT16"})
  void everythingTogetherLearnsByHeart(Precision precision) {
    try (SmallPupil pupil = new SmallPupil(precision, ALL, SmallPupil.LLAMA, true);
        AdamW optimiser = new AdamW(pupil.parameters(), SETTINGS, 1)) {
      double first = pupil.loss(PICTURES, optimiser, 1, true);
      for (int i = 0; i < 60; i++) {
        optimiser.step(3e-3);
        pupil.loss(PICTURES, optimiser, 1, true);
      }
      assertThat(first).isBetween(3.3, 4.1); // the logarithm of 40 words
      assertThat(pupil.loss(PICTURES, optimiser, 1, false)).isLessThan(0.7);
    }
  }

  @ParameterizedTest
  @EnumSource(TowerPart.class)
  void onePartAloneMoves(TowerPart part) {
    try (SmallPupil pupil = new SmallPupil(Precision.FLOAT32, Set.of(part), SmallPupil.LLAMA, false);
        AdamW optimiser = new AdamW(pupil.parameters(), SETTINGS, 1)) {
      assertThat(pupil.parameters()).isNotEmpty().allMatch(parameter -> TowerPart.of(parameter.name()) == part);
      double first = pupil.loss(PICTURES, optimiser, 1, true);
      optimiser.step(1e-3);
      assertThat(pupil.loss(PICTURES, optimiser, 1, false)).isLessThan(first);
    }
  }

  @Test
  void gradientsOfPartsOfABatchAddUp() {
    try (SmallPupil pupil = new SmallPupil(Precision.FLOAT32, ALL, SmallPupil.LLAMA, true);
        AdamW optimiser = new AdamW(pupil.parameters(), SETTINGS, 1)) {
      pupil.loss(PICTURES, optimiser, 1, true);
      float[] together = optimiser.gradient(0);
      try (AdamW other = new AdamW(pupil.parameters(), SETTINGS, 1)) {
        for (int picture : PICTURES) {
          pupil.loss(new int[]{picture}, other, 1.0 / PICTURES.length, true);
        }
        assertThat(other.gradient(0)).containsExactly(together, within(1e-6f));
      }
    }
  }

  @Test
  void trainersThatExchangeGradientsStayAlikeAndLearnAsOne() throws Exception {
    List<Collective> ranks = Collectives.threads(2, Duration.ofSeconds(30));
    List<List<float[]>> results = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<List<float[]>>> running = ranks.stream().map(rank -> threads.submit(() -> trained(rank, new int[]{rank
          .rank()}, 0.5))).toList();
      for (Future<List<float[]>> one : running) {
        results.add(one.get());
      }
    }
    List<float[]> alone = trained(Collectives.single(), new int[]{0, 1}, 1);
    for (int i = 0; i < alone.size(); i++) {
      assertThat(results.get(0).get(i)).isEqualTo(results.get(1).get(i));
      // A tiny gradient's first step has the size of the rate whatever its sign, so equal means almost equal.
      assertThat(results.get(0).get(i)).containsExactly(alone.get(i), within(2.1e-3f));
    }
  }

  private static List<float[]> trained(Collective rank, int[] pictures, double share) {
    try (SmallPupil pupil = new SmallPupil(Precision.FLOAT32, Set.of(TowerPart.PROJECTION), SmallPupil.LLAMA, false);
        AdamW optimiser = new AdamW(pupil.parameters(), SETTINGS, 1)) {
      for (int step = 0; step < 2; step++) {
        pupil.loss(pictures, optimiser, share, true);
        optimiser.exchange(rank);
        optimiser.step(1e-3);
      }
      return pupil.parameters().stream().map(Parameter::values).toList();
    }
  }

  @Test
  void whatIsNoNumberMovesNothing() {
    try (SmallPupil pupil = new SmallPupil(Precision.FLOAT32, Set.of(TowerPart.PROJECTION), SmallPupil.LLAMA, false);
        AdamW optimiser = new AdamW(pupil.parameters(), SETTINGS, 1)) {
      List<float[]> values = pupil.parameters().stream().map(Parameter::values).toList();
      pupil.loss(PICTURES, optimiser, Double.NaN, true);
      assertThat(optimiser.step(1e-3).refused()).isTrue();
      assertThat(optimiser.steps()).isZero();
      assertThat(pupil.parameters().getFirst().values()).isEqualTo(values.getFirst());
      pupil.loss(PICTURES, optimiser, 1, true);
      assertThat(optimiser.step(1e-3).refused()).isFalse();
    }
  }

  @Test
  void longGradientsAreShortened() {
    AdamW.Settings gradientDescent = new AdamW.Settings(0, 0, 1e6, 0, 0.01);
    try (SmallPupil pupil = new SmallPupil(Precision.FLOAT32, Set.of(TowerPart.PROJECTION), SmallPupil.LLAMA, false);
        AdamW optimiser = new AdamW(pupil.parameters(), gradientDescent, 1)) {
      pupil.loss(PICTURES, optimiser, 1, true);
      List<float[]> before = pupil.parameters().stream().map(Parameter::values).toList();
      double length = optimiser.step(1e6).gradientLength();
      assertThat(length).isGreaterThan(0.01);
      double moved = 0;
      for (int i = 0; i < before.size(); i++) {
        float[] after = pupil.parameters().get(i).values();
        for (int j = 0; j < after.length; j++) {
          moved += Math.pow(after[j] - before.get(i)[j], 2);
        }
      }
      assertThat(Math.sqrt(moved)).isCloseTo(0.01, within(1e-4));
    }
  }

  @Test
  void aFalconDecoderStaysAsItIs() {
    FalconConfig falcon = new FalconConfig(64, 2, 8, 2, 8, 128, 40, 1e-5, 1e4, true, 128);
    assertThatThrownBy(() -> new SmallPupil(Precision.FLOAT32, Set.of(), falcon, true))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("Falcon");
    try (SmallPupil pupil = new SmallPupil(Precision.FLOAT32, Set.of(TowerPart.PROJECTION), falcon, false);
        AdamW optimiser = new AdamW(pupil.parameters(), SETTINGS, 1)) {
      double first = pupil.loss(PICTURES, optimiser, 1, true);
      optimiser.step(1e-2);
      assertThat(pupil.loss(PICTURES, optimiser, 1, false)).isLessThan(first);
    }
  }
}

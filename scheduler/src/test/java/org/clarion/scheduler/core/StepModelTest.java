package org.clarion.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.clarion.scheduler.core.StepModel.Load;
import org.junit.jupiter.api.Test;

class StepModelTest {
  private final Random random = new Random(1);

  private static double machine(Load load) {
    return 2_000_000 + 40_000.0 * load.rows() + 150_000.0 * load.tokens() + 20.0 * load.context();
  }

  private Load load() {
    Load load = Load.NONE;
    for (int i = random.nextInt(32); i > 0; i--) {
      load = load.plus(random.nextInt(2000), 1);
    }
    return random.nextInt(3) == 0 ? load.plus(random.nextInt(1000), 1 + random.nextInt(128)) : load.plus(5, 1);
  }

  private void train(StepModel model, int steps, ToDoubleFunction<Load> machine) {
    for (int i = 0; i < steps; i++) {
      Load load = load();
      model.observe(load, Duration.ofNanos((long) (machine.applyAsDouble(load) * (0.9 + 0.2 * random.nextDouble()))));
    }
  }

  private double worst(StepModel model, ToDoubleFunction<Load> machine) {
    double worst = 0;
    for (int i = 0; i < 500; i++) {
      Load load = load();
      worst = Math.max(worst, Math.abs(model.nanos(load) / machine.applyAsDouble(load) - 1));
    }
    return worst;
  }

  @Test
  void predictsNothingBeforeItHasSeenEnough() {
    StepModel model = new StepModel();
    train(model, StepModel.ENOUGH - 1, StepModelTest::machine);
    assertThat(model.predict(load())).isZero();
    model.observe(load(), Duration.ZERO);
    assertThat(model.ready()).isFalse();
    train(model, 1, StepModelTest::machine);
    assertThat(model.ready()).isTrue();
  }

  @Test
  void fitsTheMachine() {
    StepModel model = new StepModel();
    train(model, 400, StepModelTest::machine);
    assertThat(worst(model, StepModelTest::machine)).isLessThan(0.1);
  }

  @Test
  void pausesMoveItLittle() {
    StepModel model = new StepModel();
    train(model, 400, load -> machine(load) * (random.nextInt(20) == 0 ? 50 : 1));
    assertThat(worst(model, StepModelTest::machine)).isLessThan(0.2);
  }

  @Test
  void followsAMachineThatBecameSlower() {
    StepModel model = new StepModel();
    train(model, 1000, StepModelTest::machine);
    train(model, 400, load -> 10 * machine(load));
    assertThat(worst(model, load -> 10 * machine(load))).isLessThan(0.25);
    train(model, 400, StepModelTest::machine);
    assertThat(worst(model, StepModelTest::machine)).isLessThan(0.25);
  }

  @Test
  void isNeverNegativeAndAlwaysTheSame() {
    for (int seed = 0; seed < 50; seed++) {
      StepModel model = new StepModel();
      StepModel twin = new StepModel();
      Random wild = new Random(seed);
      for (int i = 0; i < 200; i++) {
        Load load = new Load(wild.nextInt(64), wild.nextInt(4096), wild.nextInt(1_000_000));
        Duration elapsed = Duration.ofNanos((long) Math.exp(wild.nextDouble() * 30));
        model.observe(load, elapsed);
        twin.observe(load, elapsed);
        Load asked = new Load(wild.nextInt(256), wild.nextInt(8192), wild.nextInt(10_000_000));
        assertThat(model.nanos(asked)).isNotNegative().isFinite().isEqualTo(twin.nanos(asked));
      }
    }
  }
}

package org.clarion.engine.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class RoofMeterTest {
  @Test
  void measuresWhatTheHostHas() {
    Roofs roofs = new RoofMeter(2, 1 << 20, 100).measure();

    assertThat(roofs.threads()).isEqualTo(2);
    assertThat(roofs.readGbs()).isPositive();
    assertThat(DoubleStream.of(roofs.f32(), roofs.bf16(), roofs.int8())).allMatch(rate -> rate >= 0 && rate < 1e6);
  }

  @Test
  void whatDisturbsOneMeasurementDoesNotCount() {
    Roofs best = new Roofs(2, 80, 0.3, 0, 1.5).best(new Roofs(2, 70, 0.4, 0, 1.6));

    assertThat(best).isEqualTo(new Roofs(2, 80, 0.4, 0, 1.6));
  }
}

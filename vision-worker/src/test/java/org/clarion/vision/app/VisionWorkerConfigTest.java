package org.clarion.vision.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.clarion.engine.script.Device;
import org.junit.jupiter.api.Test;

class VisionWorkerConfigTest {
  @Test
  void testDefaults() {
    assertThat(VisionWorkerConfig.parse(Map.of())).isEqualTo(VisionWorkerConfig.DEFAULTS);
  }

  @Test
  void testAllKeys() {
    assertThat(VisionWorkerConfig.parse(Map.of("bind", "0.0.0.0:1", "model", "tiny", "precision", "bf16", "threads", 3,
        "device", "cuda", "cache-images", 0, "queue", 7)))
        .isEqualTo(new VisionWorkerConfig("0.0.0.0:1", "tiny", "bf16", new Device("cuda"), 3, 0, 7));
  }

  @Test
  void badSettingsAreNamed() {
    assertThatThrownBy(() -> VisionWorkerConfig.parse(Map.of("cache", 3))).hasMessageContaining("[cache]");
    assertThatThrownBy(() -> VisionWorkerConfig.parse(Map.of("queue", 0))).hasMessageContaining("'0'");
    assertThatThrownBy(() -> VisionWorkerConfig.parse(Map.of("bind", "x"))).hasMessageContaining("'x'");
  }
}

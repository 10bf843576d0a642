package org.clarion.llm.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.clarion.engine.script.Device;
import org.junit.jupiter.api.Test;

class LlmWorkerConfigTest {
  @Test
  void testDefaults() {
    assertThat(LlmWorkerConfig.parse(Map.of())).isEqualTo(LlmWorkerConfig.DEFAULTS);
  }

  @Test
  void testAllKeys() {
    assertThat(LlmWorkerConfig.parse(Map.ofEntries(Map.entry("bind", "0.0.0.0:1"), Map.entry("model", "tiny"),
        Map.entry("precision", "f32"), Map.entry("kv", "bf16"), Map.entry("device", "cuda:1"), Map.entry("threads", 3),
        Map.entry("arena-tokens", 99),
        Map.entry("rank", 1),
        Map.entry("ranks", 2), Map.entry("collective", "shared-memory"), Map.entry("group", "/dev/shm/g"),
        Map.entry("collective-deadline", "750ms"), Map.entry("embedding-bytes", 2_000_000))))
        .isEqualTo(new LlmWorkerConfig("0.0.0.0:1", "tiny", "f32", "bf16", new Device("cuda:1"), 3, 99, 1, 2,
            "shared-memory", "/dev/shm/g",
            Duration.ofMillis(750), 2_000_000));
  }

  @Test
  void badSettingsAreNamed() {
    assertRefused(Map.of("thread", 3), "[thread]");
    assertRefused(Map.of("device", "gpu"), "'gpu'");
    assertRefused(Map.of("threads", 0), "'0'");
    assertRefused(Map.of("precision", "int3"), "int3");
    assertRefused(Map.of("kv", "f16"), "f16");
    assertRefused(Map.of("rank", 2, "ranks", 2, "collective", "threads"), "not below ranks");
    assertRefused(Map.of("ranks", 2), "single is for 1 rank");
    assertRefused(Map.of("ranks", 2, "collective", "shared-memory"), "needs a path");
    assertRefused(Map.of("ranks", 2, "rank", 1, "collective", "grpc"), "host:port of rank 0");
    assertRefused(Map.of("ranks", 2, "collective", "grpc", "group", "here"), "here");
    assertRefused(Map.of("collective-deadline", "soon"), "soon");
    assertRefused(Map.of("collective-deadline", "0s"), "0s");
    assertRefused(Map.of("bind", "here"), "here");
  }

  private static void assertRefused(Map<String, ?> values, String words) {
    assertThatThrownBy(() -> LlmWorkerConfig.parse(values)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(words);
  }
}

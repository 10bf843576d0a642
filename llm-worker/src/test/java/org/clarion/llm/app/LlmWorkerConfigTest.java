package org.clarion.llm.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
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
        .isEqualTo(new LlmWorkerConfig("0.0.0.0:1", "tiny", "f32", "bf16", List.of(new Device("cuda:1")), 3, 99, 1, 2,
            "shared-memory", "/dev/shm/g",
            Duration.ofMillis(750), 2_000_000));
  }

  @Test
  void aProcessMayHaveSeveralRanks() {
    LlmWorkerConfig whole = LlmWorkerConfig.parse(Map.of("bind", "0.0.0.0:7300", "devices", List.of("cpu", "cuda:1")));
    assertThat(whole.ranks()).isEqualTo(2);
    assertThat(whole.processes()).isEqualTo(1);
    LlmWorkerConfig second = whole.rankAt(1);
    assertThat(second.bind()).isEqualTo("0.0.0.0:7301");
    assertThat(second.rank()).isEqualTo(1);
    assertThat(second.devices()).containsExactly(new Device("cuda:1"));
    LlmWorkerConfig half = LlmWorkerConfig.parse(Map.of("devices", List.of("cpu", "cpu"), "ranks", 4, "rank", 2,
        "collective", "shared-memory", "group", "/dev/shm/g"));
    assertThat(half.process()).isEqualTo(1);
    assertThat(half.processes()).isEqualTo(2);
    assertThat(half.rankAt(0).rank()).isEqualTo(2);
    assertRefused(Map.of("devices", List.of("cpu", "cpu"), "ranks", 3), "2");
    assertRefused(Map.of("devices", List.of("cpu", "cpu"), "rank", 1), "multiples");
    assertRefused(Map.of("devices", List.of("cpu", "cpu"), "ranks", 4), "here 2");
    assertRefused(Map.of("devices", List.of("cpu", "gpu")), "'gpu'");
    assertRefused(Map.of("devices", List.of("cpu"), "device", "cuda"), "give one of them");
  }

  @Test
  void gpusMayAddAmongThemselves() {
    List<String> gpus = List.of("cuda:0", "cuda:1");
    assertThat(LlmWorkerConfig.parse(Map.of("devices", gpus, "collective", "nccl")).meeting()).isEqualTo("single");
    assertThat(LlmWorkerConfig.parse(Map.of("devices", gpus, "ranks", 4, "collective", "nccl", "group", "/dev/shm/g"))
        .meeting()).isEqualTo("shared-memory");
    assertThat(LlmWorkerConfig.parse(Map.of("device", "cuda", "ranks", 2, "rank", 1, "collective", "nccl", "group",
        "10.0.0.1:7300")).meeting()).isEqualTo("grpc");
    assertRefused(Map.of("devices", List.of("cuda:0", "cpu"), "collective", "nccl"), "[cuda:0, cpu]");
    assertRefused(Map.of("device", "cuda", "collective", "nccl"), "at least 2 ranks");
    assertRefused(Map.of("devices", gpus, "ranks", 4, "collective", "nccl"), "nccl one of these");
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

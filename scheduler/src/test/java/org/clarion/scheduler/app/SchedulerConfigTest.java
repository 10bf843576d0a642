package org.clarion.scheduler.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.core.ClinicalClass;
import org.clarion.scheduler.core.SchedulerLimits;
import org.clarion.scheduler.core.SchedulerPolicy;
import org.junit.jupiter.api.Test;

class SchedulerConfigTest {
  private static Map<String, Object> minimal() {
    return new HashMap<>(Map.of("replica", Map.of("id", "r0", "model", "tiny", "ranks", List.of("127.0.0.1:7001"))));
  }

  @Test
  void defaults() {
    SchedulerConfig config = SchedulerConfig.parse(minimal());
    assertThat(config.bind()).hasToString("127.0.0.1:0");
    assertThat(config.advertise()).isNull();
    assertThat(config.replica().id()).isEqualTo(new ReplicaId("r0"));
    assertThat(config.limits())
        .isEqualTo(new SchedulerLimits(512, 512, 64, 256, 128, 32, Duration.ofSeconds(60)));
    assertThat(config.policy()).isEqualTo(SchedulerPolicy.DEFAULT.with(new SchedulerPolicy.Speculation(8)));
    assertThat(config.times()).isEqualTo(new SchedulerConfig.Times(Duration.ofSeconds(2), Duration.ofSeconds(30),
        Duration.ofSeconds(3), Duration.ofSeconds(10), Duration.ofSeconds(2), Duration.ofMinutes(1)));
  }

  @Test
  void allKeys() {
    Map<String, Object> values = minimal();
    values.put("bind", "127.0.0.1:7100");
    values.put("advertise", "node-1:7100");
    values.put("cluster", Map.of("name", "north"));
    values.put("limits", Map.of("token-budget", 512, "chunk", 64, "max-rows", 32, "queue", 10, "tenant-queue", 4,
        "size-class", 16));
    values.put("times", Map.of("lease", "3s", "open", "1m", "step", "20s", "state", "4s", "embedding-wait", "30s",
        "drain", "1500ms", "grace", "5m"));
    values.put("classes", Map.of("stat", Map.of("share", 20, "first-token", "5s"),
        "routine", Map.of("share", 60, "first-token", "20s"), "batch", Map.of("share", 20, "first-token", "10m")));
    values.put("weights", Map.of("north", 2.5, "south", 3));
    values.put("pace", Map.of("inter-token", "50ms", "floor", 16, "stretch", 2.5));
    values.put("speculation", "auto");
    values.put("max-draft", 5);
    SchedulerConfig config = SchedulerConfig.parse(values);
    assertThat(config.policy()).isEqualTo(new SchedulerPolicy(
        Map.of(ClinicalClass.STAT, new SchedulerPolicy.OfClass(20, Duration.ofSeconds(5)),
            ClinicalClass.ROUTINE, new SchedulerPolicy.OfClass(60, Duration.ofSeconds(20)),
            ClinicalClass.BATCH, new SchedulerPolicy.OfClass(20, Duration.ofMinutes(10))),
        new SchedulerPolicy.TenantWeights(Map.of(new TenantId("north"), 2500, new TenantId("south"), 3000)),
        new SchedulerPolicy.Pace(Duration.ofMillis(50), 16, 2.5), new SchedulerPolicy.Speculation(5)));
    values.put("speculation", "off");
    assertThat(SchedulerConfig.parse(values).policy().speculation()).isEqualTo(SchedulerPolicy.Speculation.OFF);
    assertThat(config.bind()).hasToString("127.0.0.1:7100");
    assertThat(config.advertise()).isEqualTo("node-1:7100");
    assertThat(config.cluster().name()).isEqualTo("north");
    assertThat(config.limits()).isEqualTo(new SchedulerLimits(512, 64, 32, 10, 4, 16, Duration.ofSeconds(30)));
    assertThat(config.times()).isEqualTo(new SchedulerConfig.Times(Duration.ofSeconds(3), Duration.ofMinutes(1),
        Duration.ofSeconds(20), Duration.ofSeconds(4), Duration.ofMillis(1500), Duration.ofMinutes(5)));
  }

  @Test
  void badValuesAreNamed() {
    refuses("replica", Map.of("id", "r0", "ranks", List.of("127.0.0.1:7001")), "model is missing");
    refuses("replica", Map.of("id", "r0", "model", "m", "ranks", List.of("nowhere")), "'nowhere'");
    refuses("limits", Map.of("token-budget", 64, "max-rows", 64), "64");
    refuses("limits", Map.of("size-class", 24), "24 is not a multiple of 16");
    refuses("limits", Map.of("rows", 1), "scheduler.limits: unknown keys [rows]");
    refuses("times", Map.of("lease", "soon"), "'soon'");
    refuses("times", Map.of("lease", "0s"), "above zero");
    refuses("replicas", Map.of(), "scheduler: unknown keys [replicas]");
    refuses("cluster", "here", "not a map");
    refuses("classes", Map.of("stat", Map.of("share", 60)), "sum up to 110");
    refuses("classes", Map.of("urgent", Map.of()), "scheduler.classes: unknown keys [urgent]");
    refuses("weights", Map.of("north", "heavy"), "north is 'heavy'");
    refuses("weights", Map.of("north", 0), "weight 0.0 of tenant");
    refuses("speculation", "always", "'always'");
    refuses("max-draft", 65, "65");
    refuses("pace", Map.of("inter-token", "0s"), "above zero");
    refuses("pace", Map.of("stretch", "much"), "scheduler.pace.stretch: much is not a number");
    refuses("pace", Map.of("stretch", 0.5), "stretch 0.5 must be at least 1");
  }

  private static void refuses(String key, Object value, String message) {
    Map<String, Object> values = minimal();
    values.put(key, value);
    assertThatIllegalArgumentException().isThrownBy(() -> SchedulerConfig.parse(values))
        .withMessageContaining(message);
  }
}

package org.clarion.scheduler.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.clarion.rpc.Endpoint;
import org.clarion.scheduler.cluster.seal.ClusterSecret;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClusterConfigTest {
  @Test
  void defaultsAreAClusterOfOne() {
    ClusterConfig config = ClusterConfig.embedded();
    assertThat(config.bind()).isEqualTo(new Endpoint("127.0.0.1", 0));
    assertThat(config.members()).isEmpty();
    assertThat(config.minimumMembers()).isEqualTo(1);
    assertThat(config.sessionIdle()).isEqualTo(Duration.ofMinutes(30));
    assertThat(config.alone()).isTrue();
  }

  @Test
  void whoCanBeNamedIsNotAlone() {
    assertThat(ClusterConfig.parse(Map.of("bind", "127.0.0.1:5701")).alone()).isFalse();
  }

  @Test
  void everyKeyIsRead(@TempDir Path folder) throws Exception {
    Path secret = Files.writeString(folder.resolve("secret"), "s".repeat(40));
    ClusterConfig config = ClusterConfig.parse(Map.of("name", "north", "bind", "127.0.0.1:5701", "members",
        List.of("127.0.0.1:5701", "127.0.0.1:5702", "127.0.0.1:5703"), "minimum-members", 2, "session-idle", "90m",
        "log-retention", "90s", "deadline", "2s", "partitions", "31", "secret-file", secret.toString()));
    assertThat(config.name()).isEqualTo("north");
    assertThat(config.members()).hasSize(3);
    assertThat(config.minimumMembers()).isEqualTo(2);
    assertThat(config.sessionIdle()).isEqualTo(Duration.ofMinutes(90));
    assertThat(config.logRetention()).isEqualTo(Duration.ofSeconds(90));
    assertThat(config.deadline()).isEqualTo(Duration.ofSeconds(2));
    assertThat(config.partitions()).isEqualTo(31);
    assertThat(config.toString()).doesNotContain("sss");
    assertThat(config.secrets().ids()).hasSize(1);
  }

  @Test
  void secretsBeforeTheNewestAreRead(@TempDir Path folder) throws Exception {
    Path newest = Files.writeString(folder.resolve("newest"), "n".repeat(40));
    Path before = Files.writeString(folder.resolve("before"), "b".repeat(40));
    ClusterConfig config = ClusterConfig.parse(Map.of("secret-file", newest.toString(), "previous-secret-files",
        List.of(before.toString())));
    assertThat(config.secrets().ids()).containsExactly(ClusterSecret.read(newest).id(), ClusterSecret.read(before)
        .id());
    refuses(Map.of("previous-secret-files", List.of(before.toString())), "secret-file");
    refuses(Map.of("secret-file", newest.toString(), "previous-secret-files", List.of(newest.toString())), "twice");
  }

  @Test
  void badValuesAreNamed() {
    refuses(Map.of("multicast", true), "multicast");
    refuses(Map.of("bind", "nowhere"), "nowhere");
    refuses(Map.of("bind", "0.0.0.0:5701"), "0.0.0.0:5701");
    refuses(Map.of("members", "127.0.0.1:1"), "127.0.0.1:1");
    refuses(Map.of("members", List.of("127.0.0.1:1")), "secret-file");
    refuses(Map.of("minimum-members", 0), "minimum-members is '0'");
    refuses(Map.of("minimum-members", "many"), "many");
    refuses(Map.of("session-idle", "soon"), "soon");
    refuses(Map.of("session-idle", "1500ms"), "session-idle PT1.5S");
    refuses(Map.of("deadline", "50ms"), "PT0.05S");
  }

  private static void refuses(Map<String, ?> values, String named) {
    assertThatIllegalArgumentException().isThrownBy(() -> ClusterConfig.parse(values)).withMessageContaining(named);
  }
}

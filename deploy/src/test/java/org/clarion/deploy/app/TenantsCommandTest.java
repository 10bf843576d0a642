package org.clarion.deploy.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.clarion.deploy.serve.StateFolder;
import org.clarion.deploy.terminal.Screen;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.SessionId;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.SessionRecord;
import org.clarion.scheduler.api.TenantErasedException;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.cluster.ClusterConfig;
import org.clarion.scheduler.cluster.HazelcastCluster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An operator's commands on the state of a cluster that is stopped. */
@Timeout(120)
class TenantsCommandTest {
  private static final SessionKey ERASED = new SessionKey(new TenantId("st-mary"), new SessionId("s1"));
  private static final SessionKey KEPT = new SessionKey(new TenantId("st-paul"), new SessionId("s1"));
  private static final SessionRecord SESSION = SessionRecord.first("tiny", List.of(new Run.Tokens(new int[]{1, 2})), 1,
      Instant.ofEpochMilli(1_700_000_000_000L));

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Screen screen = new Screen(new PrintStream(out, true, StandardCharsets.UTF_8),
      new PrintStream(err, true, StandardCharsets.UTF_8), false, false);

  @TempDir
  private Path folder;

  private int run(String... words) {
    out.reset();
    return Main.run(screen, words);
  }

  private HazelcastCluster start() throws IOException {
    return HazelcastCluster.start(ClusterConfig.parse(StateFolder.settings(folder)));
  }

  @Test
  void aClinicIsErasedAndTheSecretChanged() throws Exception {
    try (HazelcastCluster cluster = start()) {
      assertThat(cluster.sessions().create(ERASED, SESSION)).isTrue();
      assertThat(cluster.sessions().create(KEPT, SESSION)).isTrue();
    }
    String state = folder.toString();
    assertThat(run("tenants", "list", "--state", state)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("st-mary  2 keys", "st-paul  2 keys", "(newest)");
    assertThat(run("tenants", "erase", "st-mary", "--state", state)).isEqualTo(2);
    assertThat(run("tenants", "erase", "st-mary", "--yes", "--state", state)).isZero();
    assertThat(run("tenants", "renew-key", "st-mary", "--state", state)).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("--yes", "st-mary was erased");
    assertThat(run("tenants", "renew-key", "st-paul", "--state", state)).isZero();

    Files.move(folder.resolve("secret"), folder.resolve("secret.previous"));
    assertThat(run("tenants", "rewrap", "--state", state)).isZero();
    Files.delete(folder.resolve("secret.previous"));
    assertThat(run("tenants", "list", "--state", state)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("st-mary  erased", "st-paul  3 keys");
    try (HazelcastCluster cluster = start()) {
      assertThat(cluster.sessions().find(KEPT)).contains(SESSION);
      assertThat(cluster.sessions().find(ERASED)).isEmpty();
      assertThatExceptionOfType(TenantErasedException.class)
          .isThrownBy(() -> cluster.sessions().create(ERASED, SESSION));
    }
    assertThat(run("tenants", "admit", "st-mary", "--state", state)).isZero();
    try (HazelcastCluster cluster = start()) {
      assertThat(cluster.sessions().create(ERASED, SESSION)).isTrue();
    }
  }

  @Test
  void whereNothingIsToBeFoundItSaysSo() throws IOException {
    Files.writeString(folder.resolve("secret"), "s".repeat(40));
    Path config = Files.writeString(folder.resolve("scheduler.yaml"), """
        cluster:
          bind: 127.0.0.1:1
          members: ["127.0.0.1:1", "127.0.0.1:2"]
          secret-file: %s
        replica: {id: r, model: tiny, ranks: ["127.0.0.1:3"]}
        management: 127.0.0.1:4
        """.formatted(folder.resolve("secret")));
    assertThat(run("tenants", "list", "--config", config.toString())).isEqualTo(3);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("127.0.0.1:1", "127.0.0.1:2");
    assertThat(run("tenants", "list", "--state", folder.resolve("none").toString())).isEqualTo(2);
    assertThat(run("tenants", "erase", "not a clinic", "--yes", "--config", config.toString())).isEqualTo(2);
    assertThat(run("tenants", "list")).isEqualTo(2);
    assertThat(run("tenants")).isEqualTo(2);
  }
}

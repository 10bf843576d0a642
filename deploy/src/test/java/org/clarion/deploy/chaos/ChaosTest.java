package org.clarion.deploy.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.clarion.deploy.chaos.ChaosReport.Round;
import org.clarion.deploy.process.ProcessCluster.Counts;
import org.clarion.deploy.serve.RoleSettings.Served;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that are killed while clients read. How long anybody waits is the machine's affair and not judged. */
class ChaosTest {
  private static final List<Fault> FAULTS = List.of(Fault.KILL_SCHEDULER, Fault.KILL_GATEWAY, Fault.KILL_RANK);

  @TempDir
  private Path logs;

  @Test
  void whoeverIsKilledEveryAnswerIsWhole() throws Exception {
    ChaosRun.Order order = new ChaosRun.Order(new Served("tiny", "f32", 1, 2), new Counts(2, 1, 2, 1), FAULTS,
        FAULTS.size(), 4, 4, 100, Duration.ofSeconds(1), 7);
    ChaosReport report = new ChaosRun(order, _ -> {
    }).run(logs, (what, took) -> {
    });
    assertThat(report.good()).as(ChaosText.table(report)).isTrue();
    assertThat(report.rounds()).extracting(Round::fault).containsExactlyInAnyOrderElementsOf(FAULTS);
    assertThat(report.rounds()).extracting(round -> round.answers().size()).containsOnly(4 * 4);
  }
}

package org.clarion.deploy.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.clarion.deploy.simulate.RecordedLoad.Line;
import org.clarion.loadtest.api.Outcome;
import org.clarion.scheduler.simulate.Trace;
import org.clarion.scheduler.simulate.Visit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordedLoadTest {
  private static final Line EARLY = new Line(1_000, 0, 1, 100, 0, 20, 50_000, 250_000);
  private static final Line LATE = new Line(2_000_000, 3, 0, 40, 8, 1, 30_000, 30_000);

  @Test
  void whatIsWrittenIsReadInOrderOfTime(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("load.csv");
    RecordedLoad.write(file, List.of(LATE, EARLY));
    assertThat(RecordedLoad.read(file)).containsExactly(EARLY, LATE);
    assertThat(Files.readAllLines(file)).hasSize(3).first().asString().startsWith("sent_us,clinic,");
  }

  @Test
  void aLineThatCannotBeReadIsNamed(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("load.csv");
    RecordedLoad.write(file, List.of(EARLY, LATE));
    Files.writeString(file, Files.readString(file).replace("2000000,3", "soon,3"));
    assertThatThrownBy(() -> RecordedLoad.read(file)).isInstanceOf(IOException.class).hasMessageEndingWith(
        "line 3 is not 8 numbers");
    Files.writeString(file, "a,b\n1,2\n");
    assertThatThrownBy(() -> RecordedLoad.read(file)).hasMessageContaining("does not begin with sent_us,clinic");
    RecordedLoad.write(file, List.of());
    assertThatThrownBy(() -> RecordedLoad.read(file)).hasMessageContaining("has 0 requests");
  }

  @Test
  void onlyAnswersAreKept() {
    Outcome done = new Outcome.Completed(0, 50_000_000, 250_000_000, new long[0], 100, 0, 20);
    assertThat(RecordedLoad.line(1_000_000, true, done)).contains(EARLY);
    assertThat(EARLY.perToken()).isEqualTo(200_000 / 19.0);
    assertThat(LATE.perToken()).isZero();
    assertThat(RecordedLoad.line(0, true, new Outcome.Failed(0, "timeout", "late"))).isEmpty();
    Outcome uncounted = new Outcome.Completed(0, 50_000_000, 250_000_000, new long[0], 0, 0, 20);
    assertThat(RecordedLoad.line(0, true, uncounted)).isEmpty();
  }

  @Test
  void theTraceAsksTheSame() {
    Trace trace = RecordedLoad.trace(List.of(EARLY, LATE), 64);
    assertThat(trace.clinics()).isEqualTo(4);
    assertThat(trace.span()).isGreaterThan(Duration.ofSeconds(2));
    assertThat(trace.visits()).hasSize(2);
    assertThat(trace.visits().getFirst().images()).isOne();
    assertThat(trace.visits().getFirst().turns().getFirst().prompt()).isEqualTo(36);
    assertThat(trace.visits().getLast().turns().getFirst().answer()).isOne();
    assertThat(trace.visits()).extracting(Visit::template).containsExactly(0, 8);
  }
}

package org.clarion.deploy.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.deploy.chaos.ChaosReport.Judged;
import org.clarion.deploy.chaos.ChaosReport.Round;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VerdictTest {
  private static Verdict of(String text, @Nullable String failure) {
    return Verdict.of(new Answer("s", text, 0, Duration.ZERO, 1, failure), "no effusion");
  }

  @Test
  void everyCharacterCounts() {
    assertThat(of("no effusion", null)).isEqualTo(Verdict.WHOLE);
    assertThat(of("no effusio", null)).isEqualTo(Verdict.LOST);
    assertThat(of("", null)).isEqualTo(Verdict.LOST);
    assertThat(of("no no effusion", null)).isEqualTo(Verdict.WRONG);
    assertThat(of("no effusion effusion", null)).isEqualTo(Verdict.WRONG);
    assertThat(of("an effusion", null)).isEqualTo(Verdict.WRONG);
  }

  @Test
  void anErrorThatWasToldIsNoLossButNoExcuseEither() {
    assertThat(of("no eff", "unavailable")).isEqualTo(Verdict.FAILED);
    assertThat(of("no no", "unavailable")).isEqualTo(Verdict.WRONG);
  }

  @Test
  void aRoundIsGoodWhenAllIsWholeAndNothingRunsOn() {
    Judged whole = new Judged(0, 0, Verdict.WHOLE, Duration.ofMillis(20), 1, "");
    Judged failed = new Judged(1, 0, Verdict.FAILED, Duration.ofMillis(30), 2, "internal");
    Round good = new Round(1, Fault.KILL_RANK, "llm-worker-0", List.of(whole), true);
    Round bad = new Round(2, Fault.KILL_RANK, "llm-worker-0", List.of(whole, failed), true);
    Round busy = new Round(3, Fault.NONE, "", List.of(whole), false);
    assertThat(new ChaosReport(1, List.of(good)).good()).isTrue();
    assertThat(new ChaosReport(1, List.of(good, bad)).good()).isFalse();
    assertThat(new ChaosReport(1, List.of(busy)).good()).isFalse();
    assertThat(ChaosText.table(new ChaosReport(7, List.of(good, bad, busy)))).contains("NOT GOOD (seed 7)",
        "round 2, kill-rank (llm-worker-0): visit 1 turn 1 failed internal after 2 connections;",
        "round 3, none: something still runs");
  }

  @Test
  void pausesAreCountedUp() {
    List<Judged> answers = IntStream.rangeClosed(1, 100).mapToObj(i -> new Judged(i, 0, Verdict.WHOLE, Duration
        .ofMillis(i), 1, "")).toList();
    List<Round> rounds = List.of(new Round(1, Fault.NONE, "", answers, true));
    assertThat(ChaosReport.pause(rounds, 50)).isEqualTo(Duration.ofMillis(51));
    assertThat(ChaosReport.pause(rounds, 99)).isEqualTo(Duration.ofMillis(100));
    assertThat(ChaosReport.pause(List.of(), 50)).isZero();
  }

  @Test
  void faultsHaveLabels() {
    assertThat(Fault.labels()).contains("kill-rank", "drop-clients").doesNotHaveDuplicates();
    assertThat(Fault.labels()).allSatisfy(label -> assertThat(Fault.labelled(label).label()).isEqualTo(label));
  }
}

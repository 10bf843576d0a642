package org.clarion.loadtest.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.net.URI;
import java.time.Duration;
import java.util.SplittableRandom;
import org.clarion.loadtest.api.Arrivals;
import org.clarion.loadtest.api.LoadReport;
import org.clarion.loadtest.api.LoadSpec;
import org.clarion.loadtest.api.LoadSpec.Goal;
import org.clarion.loadtest.api.Outcome;
import org.junit.jupiter.api.Test;

class TallyTest {
  private static final long MS = 1_000_000;

  @Test
  void percentilesFollowTheDefinitions() {
    Tally tally = new Tally(Goal.NONE);
    for (int i = 1; i <= 100; i++) {
      tally.add(new Outcome.Completed(2 * MS, i * MS, (i + 40) * MS, new long[]{10 * MS, 30 * MS}, 8, 3, 5));
    }

    LoadReport report = tally.report(10);

    assertThat(report.firstToken().p50()).isCloseTo(50, within(0.1));
    assertThat(report.firstToken().p90()).isCloseTo(90, within(0.1));
    assertThat(report.firstToken().p99()).isCloseTo(99, within(0.2));
    assertThat(report.interToken().count()).isEqualTo(200);
    assertThat(report.interToken().mean()).isCloseTo(20, within(0.1));
    assertThat(report.perToken().p50()).as("40 ms over the 4 tokens after the first").isCloseTo(10, within(0.1));
    assertThat(report.wholeWithQueue().max()).isCloseTo(142, within(0.2));
    assertThat(report.requestsPerSecond()).isEqualTo(10);
    assertThat(report.newTokensPerSecond()).isEqualTo(50);
    assertThat(report.tokensPerSecond()).isEqualTo(130);
    assertThat(report.cachedTokens()).isEqualTo(300);
  }

  @Test
  void goodRequestsMeetEveryBound() {
    Tally tally = new Tally(new Goal(Duration.ofMillis(50), null, Duration.ofMillis(100)));
    tally.add(done(50, 100));
    tally.add(done(51, 60));
    tally.add(done(10, 101));
    tally.add(new Outcome.Failed(0, "timeout", "late"));

    LoadReport report = tally.report(2);

    assertThat(report.good()).isEqualTo(1);
    assertThat(report.goodput()).isEqualTo(0.5);
    assertThat(report.failed()).isEqualTo(1);
  }

  @Test
  void keepsABoundedNumberOfErrorKinds() {
    Tally tally = new Tally(Goal.NONE);
    for (int i = 0; i < 1000; i++) {
      tally.add(new Outcome.Failed(0, "kind-" + i, "x"));
    }

    assertThat(tally.report(1).errors()).hasSize(65).containsEntry("other", 936L);
  }

  @Test
  void printsTheSameFiguresAsTableAndJson() {
    Tally tally = new Tally(Goal.NONE);
    tally.add(done(12, 34));
    tally.add(new Outcome.Failed(0, "http-429", "overloaded: queue is full"));
    LoadSpec spec = new LoadSpec(URI.create("http://127.0.0.1:1"), LoadSpec.Api.CHAT, "m", "secret",
        new Arrivals.Closed(1,
            2),
        new LoadSpec.Prompt(1, null, null, null), 3, false, 9, Duration.ofSeconds(1), Goal.NONE);

    String table = ReportText.table(spec, tally.report(1));
    String json = ReportText.json(spec, tally.report(1)).toString();

    assertThat(table).contains("error http-429").contains("queue is full").doesNotContain("secret");
    assertThat(table.lines()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
    assertThat(json).contains("\"http-429\":1", "\"completed\":1", "\"seed\":9").doesNotContain("secret");
    assertThat(spec.toString()).doesNotContain("secret");
  }

  @Test
  void poissonGapsHaveTheRightMeanAndSpread() {
    PoissonArrivals arrivals = new PoissonArrivals(new SplittableRandom(5), 20);
    int count = 20_000;
    double last = 0;
    double squares = 0;
    double end = 0;
    for (int i = 0; i < count; i++) {
      end = arrivals.next() / 1e9;
      squares += (end - last) * (end - last);
      last = end;
    }

    double mean = end / count;
    assertThat(mean).isCloseTo(0.05, within(0.002));
    assertThat(Math.sqrt(squares / count - mean * mean) / mean).as("an exponential's deviation is its mean").isCloseTo(
        1,
        within(0.03));
  }

  private static Outcome done(long firstMillis, long wholeMillis) {
    return new Outcome.Completed(0, firstMillis * MS, wholeMillis * MS, new long[]{}, 1, 0, 2);
  }
}

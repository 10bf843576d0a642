package org.clarion.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.ToLongFunction;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.core.SchedulerPolicy.Pace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said about time, against a clock that runs as a formula says. */
class PaceAndForecastTest {
  private static final int MILLI = 1_000_000;
  /** 4 ms a step, 0.2 ms a position, and 0.1 us for each position read. */
  private static long machine(StepModel.Load load) {
    return 4L * MILLI + load.tokens() * 200_000L + load.context() * 100L;
  }

  private static SchedulerLimits limits(int rows, int queue) {
    return new SchedulerLimits(256, 128, rows, queue, queue, 32, Duration.ofSeconds(60));
  }

  /** Answers run; then a prompt of 4000 tokens comes. How long the running ones wait for a token meanwhile. */
  private static long widestGap(SchedulerPolicy policy, ToLongFunction<StepModel.Load> machine) {
    VirtualReplica replica = new VirtualReplica(limits(17, 64), policy, 40_000, machine);
    for (int i = 0; i < 16; i++) {
      replica.ask("c" + i, ClinicalClass.ROUTINE, 100, 600);
    }
    for (int i = 0; i < 100; i++) {
      replica.step();
    }
    replica.open.values().forEach(seen -> seen.widestGap = 0);
    List<VirtualReplica.Seen> running = List.copyOf(replica.open.values());
    replica.ask("late", ClinicalClass.ROUTINE, 4000, 2);
    VirtualReplica.Seen late = replica.open.values().stream().filter(s -> s.request.maxTokens() == 2).findAny()
        .orElseThrow();
    while (late.ended == 0) {
      replica.step();
    }
    assertThat(running).hasSize(16);
    return running.stream().mapToLong(seen -> seen.widestGap).max().orElseThrow();
  }

  @Test
  void aLongPromptLeavesRunningAnswersTheirPace() {
    long idle = machine(new StepModel.Load(16, 16, 16 * 200));
    SchedulerPolicy policy = SchedulerPolicy.DEFAULT.with(new Pace(Duration.ofNanos(2 * idle), 1));
    // Steps differ from the formula by up to a tenth, and what the model says by another twentieth.
    assertThat(widestGap(policy, PaceAndForecastTest::machine)).isLessThanOrEqualTo((long) (2.3 * idle));
    SchedulerPolicy relative = SchedulerPolicy.DEFAULT.with(new Pace(Duration.ofSeconds(1), 1, 2));
    assertThat(widestGap(relative, PaceAndForecastTest::machine)).isLessThanOrEqualTo((long) (2.3 * idle));
    assertThat(widestGap(SchedulerPolicy.DEFAULT, PaceAndForecastTest::machine)).as("without, a step is full")
        .isGreaterThan(5 * idle);
  }

  @Test
  void paceIsKeptOnSlowAndFastMachines() {
    for (int factor : new int[]{1, 3, 10}) {
      ToLongFunction<StepModel.Load> machine = load -> machine(load) * factor / 3;
      Duration pace = Duration.ofMillis(30);
      long gap = widestGap(SchedulerPolicy.DEFAULT.with(new Pace(pace, 1)), machine);
      assertThat(gap).as("factor %d/3", factor).isBetween(pace.toNanos() * 8 / 10, pace.toNanos() * 12 / 10);
    }
  }

  @Test
  void prefillGoesOnAtTheFloorHoweverSlowTheStepIs() {
    SchedulerPolicy hopeless = SchedulerPolicy.DEFAULT.with(new Pace(Duration.ofNanos(1), 24));
    VirtualReplica replica = new VirtualReplica(limits(8, 64), hopeless, 20_000, PaceAndForecastTest::machine);
    replica.ask("a", ClinicalClass.ROUTINE, 100, 1000);
    for (int i = 0; i < 50; i++) {
      replica.step();
    }
    replica.ask("b", ClinicalClass.ROUTINE, 2400, 1);
    long before = replica.steps;
    while (replica.ended.isEmpty()) {
      replica.step();
    }
    assertThat(replica.steps - before).isBetween(2400 / 24L, 2400 / 24L + 4);
    assertThat(replica.scheduler.stats().tokenBudget()).isEqualTo(25);
  }

  @Test
  void withoutRunningAnswersAStepIsFull() {
    SchedulerPolicy hopeless = SchedulerPolicy.DEFAULT.with(new Pace(Duration.ofNanos(1), 1));
    VirtualReplica replica = new VirtualReplica(limits(8, 64), hopeless, 20_000, PaceAndForecastTest::machine);
    for (int i = 0; i < 40; i++) {
      replica.ask("a", ClinicalClass.ROUTINE, 256, 1);
      while (replica.step()) {
        assertThat(replica.scheduler.stats().tokenBudget()).isEqualTo(256);
      }
    }
    assertThat(replica.steps).isEqualTo(80);
  }

  @ParameterizedTest
  @CsvSource({"1, 512, 512", "3, 280, 350", "10, 256, 256"})
  void withoutRunningAnswersAStepGrowsAsFarAsThePaceAllows(int factor, int least, int most) {
    SchedulerLimits limits = new SchedulerLimits(512, 512, 8, 64, 64, 32, Duration.ofSeconds(60));
    VirtualReplica replica = new VirtualReplica(limits, SchedulerPolicy.DEFAULT, 20_000,
        load -> machine(load) * factor);
    for (int i = 0; i < 10; i++) {
      replica.ask("a", ClinicalClass.ROUTINE, 4096, 1);
      while (replica.step()) {
        // Before the model knows the machine it takes no chances.
        int budget = replica.scheduler.stats().tokenBudget();
        assertThat(budget).isBetween(i == 0 ? 256 : least, most);
      }
    }
  }

  /** Poisson arrivals at a multiple of what the machine can do, of some clinics; how predictions compare. */
  @ParameterizedTest
  @CsvSource({"1, 8, 1.5", "1, 32, 1.2", "2, 8, 3", "3, 1, 1.5", "4, 16, 0.7"})
  void theWaitIsAboutAsPredicted(long seed, int rows, double load) {
    Random random = new Random(seed);
    VirtualReplica replica = new VirtualReplica(limits(rows, 4000), SchedulerPolicy.DEFAULT, 60_000,
        PaceAndForecastTest::machine);
    int meanPrompt = 300;
    int meanAnswer = 80;
    double each = meanPrompt * 0.2 + meanAnswer * (0.2 + 4.0 / rows);
    double next = 0;
    List<VirtualReplica.Seen> all = new ArrayList<>();
    while (all.size() < 600) {
      while (next <= replica.now) {
        int prompt = 50 + random.nextInt(2 * meanPrompt - 100);
        AdmitResult result = replica.ask("c" + random.nextInt(5), ClinicalClass.ROUTINE, prompt,
            10 + random.nextInt(2 * meanAnswer - 20));
        assertThat(result).isInstanceOf(AdmitResult.Accepted.class);
        all.add(Objects.requireNonNull(replica.open.get(((AdmitResult.Accepted) result).id())));
        next += -Math.log(1 - random.nextDouble()) * each / load * MILLI;
      }
      if (!replica.step()) {
        replica.now = (long) next + 1;
      }
    }
    while (replica.step()) {
      assertThat(replica.steps).isLessThan(10_000_000);
    }
    List<Double> factors = new ArrayList<>();
    for (VirtualReplica.Seen seen : all.subList(50, all.size())) {
      // A tenth of a second is about a few steps: less is not worth a prediction.
      double predicted = seen.predicted.toMillis() + 100;
      factors.add(predicted / (seen.untilFirstToken().toMillis() + 100));
    }
    factors.sort(null);
    assertThat(factors.get(factors.size() / 2)).isBetween(0.75, 1.35);
    assertThat(factors.get(factors.size() / 20)).isGreaterThan(0.4);
    assertThat(factors.get(factors.size() * 19 / 20)).isLessThan(2.5);
  }

  private static SchedulerPolicy within(Duration wait) {
    return new SchedulerPolicy(Map.of(ClinicalClass.STAT, new SchedulerPolicy.OfClass(50, wait),
        ClinicalClass.ROUTINE, new SchedulerPolicy.OfClass(40, wait),
        ClinicalClass.BATCH, new SchedulerPolicy.OfClass(10, Duration.ofHours(1))),
        SchedulerPolicy.TenantWeights.EQUAL, SchedulerPolicy.DEFAULT.pace());
  }

  /** A replica that has ended enough answers to know how long they are. */
  private static VirtualReplica seasoned(SchedulerLimits limits, SchedulerPolicy policy) {
    VirtualReplica replica = new VirtualReplica(limits, policy, 60_000, PaceAndForecastTest::machine);
    for (int i = 0; i < 100; i++) {
      replica.ask("early", ClinicalClass.BATCH, 200, 40);
      while (replica.step()) {
        assertThat(replica.open).hasSizeLessThan(2);
      }
    }
    replica.ended.clear();
    return replica;
  }

  @Test
  void whatWouldComeTooLateIsRefusedAtOnceAndAcceptedAfterTheWaitThatWasNamed() {
    Duration wait = Duration.ofSeconds(5);
    VirtualReplica replica = seasoned(limits(8, 4000), within(wait));
    int refused = 0;
    int tried = 0;
    for (int i = 0; i < 400; i++) {
      // Twice what the machine can do.
      for (int arrivals = 0; arrivals < 2 && i % 2 == 0; arrivals++) {
        if (replica.ask("a", ClinicalClass.ROUTINE, 200, 40) instanceof AdmitResult.TooLate late) {
          refused++;
          assertThat(late.limit()).isEqualTo(wait);
          assertThat(late.predicted()).isGreaterThan(wait);
          assertThat(late.retryAfter()).isBetween(Duration.ofSeconds(1), late.predicted());
          if (refused % 20 == 1) {
            long until = replica.now + late.retryAfter().toNanos();
            while (replica.now < until) {
              assertThat(replica.step()).isTrue();
            }
            assertThat(replica.ask("a", ClinicalClass.ROUTINE, 200, 40)).isInstanceOf(AdmitResult.Accepted.class);
            tried++;
          }
        }
      }
      replica.step();
    }
    assertThat(refused).isGreaterThan(40);
    assertThat(tried).isGreaterThan(2);
    while (replica.step()) {
      assertThat(replica.steps).isLessThan(10_000_000);
    }
    assertThat(replica.ended).isNotEmpty().allSatisfy(
        seen -> assertThat(seen.untilFirstToken()).isLessThan(wait.multipliedBy(3).dividedBy(2)));
    assertThat(replica.ended.stream().filter(seen -> seen.untilFirstToken().compareTo(wait.dividedBy(2)) > 0).count())
        .as("and nobody is refused without need").isGreaterThan(replica.ended.size() / 2);
  }

  @Test
  void aFullQueueNamesTheWaitUntilThereIsAPlace() {
    VirtualReplica replica = seasoned(limits(2, 10), SchedulerPolicy.DEFAULT);
    AdmitResult last;
    do {
      last = replica.ask("a", ClinicalClass.ROUTINE, 400, 400);
      replica.step();
    } while (last instanceof AdmitResult.Accepted);
    assertThat(last).isInstanceOfSatisfying(AdmitResult.Overloaded.class, full -> {
      long until = replica.now + full.retryAfter().toNanos();
      assertThat(replica.scheduler.queued(new TenantId("a"))).as("as many places are left").isEqualTo(5);
      while (replica.now < until) {
        replica.step();
      }
      assertThat(replica.ask("a", ClinicalClass.ROUTINE, 400, 400)).isInstanceOf(AdmitResult.Accepted.class);
      // An answer of 400 tokens takes some 2.2 s, and two run.
      assertThat(full.retryAfter()).isLessThan(Duration.ofSeconds(6));
    });
  }

  @Test
  void aRequestsOwnTimeIsHonoured() {
    VirtualReplica replica = seasoned(limits(1, 100), SchedulerPolicy.DEFAULT);
    Duration timeout = Duration.ofSeconds(3);
    GenerationRequest request = Fixtures.request("a", "runs", 100, 2000).under(
        new Terms(ClinicalClass.ROUTINE, timeout));
    assertThat(replica.ask(request)).isInstanceOf(AdmitResult.Accepted.class);
    replica.step();
    assertThat(replica.ask(Fixtures.request("a", "waits", 100, 5).under(new Terms(ClinicalClass.STAT, timeout))))
        .as("behind an answer of 2000 tokens").isInstanceOfSatisfying(AdmitResult.TooLate.class,
            late -> assertThat(late.limit()).isEqualTo(timeout));
    while (replica.step()) {
      assertThat(replica.now).isPositive();
    }
    VirtualReplica.Seen seen = replica.ended.getFirst();
    assertThat(seen.cause).isEqualTo(new SchedulerEvent.Cause.TimeOver(timeout));
    assertThat(seen.tokens).isGreaterThan(100);
    assertThat(Duration.ofNanos(seen.ended - seen.admitted)).isBetween(timeout, timeout.plusMillis(20));
    assertThat(replica.scheduler.stats().expired()).isEqualTo(1);
    assertThat(replica.scheduler.stats().running()).isZero();
    replica.scheduler.audit();
  }

  @Test
  void whatWaitsLongerThanItsOwnTimeEndsInTheQueue() {
    // Nothing is known of the machine yet, so that nothing is predicted.
    VirtualReplica replica = new VirtualReplica(limits(1, 100), SchedulerPolicy.DEFAULT, 20_000,
        PaceAndForecastTest::machine);
    replica.ask("a", ClinicalClass.ROUTINE, 100, 2000);
    replica.step();
    Terms terms = new Terms(ClinicalClass.STAT, Duration.ofSeconds(1));
    replica.ask(Fixtures.request("a", "waits", 100, 5).under(terms));
    while (replica.ended.isEmpty()) {
      replica.step();
    }
    assertThat(replica.ended).singleElement().satisfies(seen -> {
      assertThat(seen.cause).isEqualTo(new SchedulerEvent.Cause.TimeOver(Duration.ofSeconds(1)));
      assertThat(seen.tokens).isZero();
      assertThat(seen.ended - seen.admitted).isBetween(1_000_000_000L, 1_050_000_000L);
    });
    replica.scheduler.audit();
  }
}

package org.clarion.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.core.SchedulerPolicy.TenantWeights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is given how much, under load that never ends. */
class FairnessTest {
  private static final int ROWS = 8;
  private static final int LONGEST_PROMPT = 200;
  private static final int LONGEST_ANSWER = 60;
  /** Room for every row's longest generation, so that nobody is ever without. */
  private static final int ARENA = 4 * ROWS * (LONGEST_PROMPT + LONGEST_ANSWER);
  /** U of {@link FairQueue}, of which the rows can fill only so many positions: no images, and nobody overtakes. */
  private static final long BOUND = ROWS
      * ((long) LONGEST_PROMPT * FairQueue.PREFILL_COST + (long) LONGEST_ANSWER * FairQueue.DECODE_COST);
  private static final SchedulerLimits LIMITS = new SchedulerLimits(128, 64, ROWS, 4000, 2000, 32,
      Duration.ofSeconds(60));

  private static VirtualReplica replica(SchedulerPolicy policy) {
    return new VirtualReplica(LIMITS, policy, ARENA, load -> 1_000_000L + load.tokens() * 10_000L);
  }

  /** Offers a clinic's work until so much of it waits. */
  private static void keep(VirtualReplica replica, String tenant, ClinicalClass clinical, int waiting, Random random) {
    while (replica.scheduler.queued(new TenantId(tenant)) < waiting) {
      assertThat(replica.ask(tenant, clinical, 1 + random.nextInt(LONGEST_PROMPT),
          1 + random.nextInt(LONGEST_ANSWER))).isInstanceOf(AdmitResult.Accepted.class);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void twoClinicsGetTheSameHoweverMuchTheyOffer(long seed) {
    Random random = new Random(seed);
    VirtualReplica replica = replica(SchedulerPolicy.DEFAULT);
    long worst = 0;
    for (int i = 0; i < 3000; i++) {
      keep(replica, "greedy", ClinicalClass.ROUTINE, 20 * ROWS, random);
      keep(replica, "modest", ClinicalClass.ROUTINE, 2 * ROWS, random);
      replica.step();
      worst = Math.max(worst, Math.abs(replica.servedTo("greedy") - replica.servedTo("modest")));
    }
    assertThat(worst).isLessThanOrEqualTo(BOUND);
    assertThat(replica.servedTo("modest")).isGreaterThan(20 * BOUND);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void weightsAreHonoured(long seed) {
    Random random = new Random(seed);
    VirtualReplica replica = replica(SchedulerPolicy.DEFAULT.with(new TenantWeights(Map.of(
        new TenantId("triple"), 3000, new TenantId("half"), 500))));
    long worst = 0;
    for (int i = 0; i < 4000; i++) {
      for (String tenant : List.of("triple", "half", "one")) {
        keep(replica, tenant, ClinicalClass.ROUTINE, 2 * ROWS, random);
      }
      replica.step();
      worst = Math.max(worst, Math.abs(replica.servedTo("triple") / 3 - replica.servedTo("one")));
    }
    double one = replica.servedTo("one");
    assertThat(worst).isLessThanOrEqualTo(BOUND);
    assertThat(replica.servedTo("triple") / one).isCloseTo(3, within(0.1));
    assertThat(replica.servedTo("half") / one).isCloseTo(0.5, within(0.05));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void cancelStormsChangeNobodysShare(long seed) {
    Random random = new Random(seed);
    VirtualReplica replica = replica(SchedulerPolicy.DEFAULT);
    long worst = 0;
    for (int i = 0; i < 3000; i++) {
      for (String tenant : List.of("storm", "calm", "other")) {
        keep(replica, tenant, ClinicalClass.ROUTINE, 2 * ROWS, random);
      }
      replica.open.entrySet().stream()
          .filter(entry -> entry.getValue().request.tenant().value().equals("storm") && random.nextInt(4) == 0)
          .map(Map.Entry::getKey).sorted().toList().forEach(replica::cancel);
      keep(replica, "storm", ClinicalClass.ROUTINE, 2 * ROWS, random);
      replica.step();
      worst = Math.max(worst, Math.max(Math.abs(replica.servedTo("calm") - replica.servedTo("other")),
          Math.abs(replica.servedTo("storm") - replica.servedTo("other"))));
    }
    assertThat(worst).as("what was cancelled has cost what was done for it").isLessThanOrEqualTo(BOUND);
  }

  @Test
  void idlingEarnsNothing() {
    Random random = new Random(5);
    VirtualReplica replica = replica(SchedulerPolicy.DEFAULT);
    for (int i = 0; i < 2000; i++) {
      keep(replica, "busy", ClinicalClass.ROUTINE, 2 * ROWS, random);
      // One answer after the other: never without something running, hardly ever waiting.
      if (replica.open.values().stream().noneMatch(seen -> seen.request.tenant().value().equals("slow"))) {
        replica.ask("slow", ClinicalClass.ROUTINE, 20, LONGEST_ANSWER);
      }
      replica.step();
    }
    long busy = replica.servedTo("busy");
    long slow = replica.servedTo("slow");
    assertThat(busy).isGreaterThan(slow + 20 * BOUND);
    long worst = 0;
    for (int i = 0; i < 1000; i++) {
      for (String tenant : List.of("busy", "slow", "new")) {
        keep(replica, tenant, ClinicalClass.ROUTINE, 2 * ROWS, random);
      }
      replica.step();
      long gained = replica.servedTo("busy") - busy;
      worst = Math.max(worst, Math.max(Math.abs(gained - replica.servedTo("new")),
          Math.abs(gained - (replica.servedTo("slow") - slow))));
    }
    assertThat(worst).as("an interval has two ends").isLessThanOrEqualTo(2 * BOUND);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everyClassGetsItsShare(long seed) {
    Random random = new Random(seed);
    VirtualReplica replica = replica(SchedulerPolicy.DEFAULT);
    for (int i = 0; i < 6000; i++) {
      for (ClinicalClass clinical : ClinicalClass.values()) {
        keep(replica, "clinic-" + clinical, clinical, 3 * ROWS, random);
      }
      replica.step();
    }
    double all = 0;
    for (ClinicalClass clinical : ClinicalClass.values()) {
      all += replica.scheduler.served(clinical);
    }
    // STAT had its burst beyond.
    assertThat(replica.scheduler.served(ClinicalClass.STAT) / all).isCloseTo(0.5, within(0.05));
    assertThat(replica.scheduler.served(ClinicalClass.ROUTINE) / all).isCloseTo(0.4, within(0.05));
    assertThat(replica.scheduler.served(ClinicalClass.BATCH) / all).isCloseTo(0.1, within(0.02));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void batchNeverStarves(long seed) {
    Random random = new Random(seed);
    VirtualReplica replica = replica(SchedulerPolicy.DEFAULT);
    for (int i = 0; i < 3000; i++) {
      for (int clinic = 0; clinic < 5; clinic++) {
        keep(replica, "day-" + clinic, ClinicalClass.ROUTINE, 2 * ROWS, random);
      }
      keep(replica, "night", ClinicalClass.BATCH, 1, random);
      replica.step();
    }
    double routine = replica.scheduler.served(ClinicalClass.ROUTINE);
    assertThat(replica.scheduler.served(ClinicalClass.BATCH) / routine).as("10 to 40").isCloseTo(0.25, within(0.05));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void statWaitsOnlyForARowWhileItsQuotaLasts(long seed) {
    Random random = new Random(seed);
    VirtualReplica replica = replica(SchedulerPolicy.DEFAULT);
    long worst = 0;
    for (int i = 0; i < 3000; i++) {
      for (int clinic = 0; clinic < 5; clinic++) {
        keep(replica, "day-" + clinic, ClinicalClass.ROUTINE, 20, random);
      }
      if (random.nextInt(30) == 0) {
        replica.ask("emergency", ClinicalClass.STAT, LONGEST_PROMPT, 20);
      }
      replica.step();
      worst = Math.max(worst, replica.open.values().stream()
          .filter(seen -> seen.request.terms().clinicalClass() == ClinicalClass.STAT && seen.tokens == 0)
          .mapToLong(seen -> replica.now - seen.admitted).max().orElse(0));
    }
    // At worst every row has just begun a longest answer; then its own prompt, and one step that was planned before.
    long step = 1_100_000L + 128 * 11_000L;
    assertThat(worst).isPositive().isLessThanOrEqualTo(step * (LONGEST_ANSWER + LONGEST_PROMPT / 64 + 6));
  }

  @Test
  void aStatFloodLeavesTheRestItsShares() {
    Random random = new Random(9);
    VirtualReplica replica = replica(SchedulerPolicy.DEFAULT);
    keep(replica, "flood", ClinicalClass.STAT, 1000, random);
    for (int i = 0; i < 4000; i++) {
      keep(replica, "flood", ClinicalClass.STAT, 1000, random);
      keep(replica, "patient", ClinicalClass.ROUTINE, 2 * ROWS, random);
      replica.step();
    }
    double all = replica.scheduler.served(ClinicalClass.STAT) + replica.scheduler.served(ClinicalClass.ROUTINE);
    assertThat(replica.scheduler.served(ClinicalClass.ROUTINE) / all).as("40 to 50").isCloseTo(0.444, within(0.05));
  }

  @Test
  void whatRanksLostIsNotPaidTwice() {
    VirtualReplica replica = replica(SchedulerPolicy.DEFAULT);
    replica.ask("a", ClinicalClass.ROUTINE, 200, 20);
    for (int i = 0; i < 10; i++) {
      replica.step();
    }
    long paid = replica.servedTo("a");
    replica.reopen();
    for (int i = 0; i < 2; i++) {
      replica.step();
    }
    assertThat(replica.servedTo("a")).isEqualTo(paid);
    while (replica.step()) {
      assertThat(replica.open).hasSizeLessThanOrEqualTo(1);
    }
    // The last step that was planned before the end was known is not charged: the answer is at its greatest length.
    assertThat(replica.servedTo("a")).isEqualTo(200L * FairQueue.PREFILL_COST + 19L * FairQueue.DECODE_COST);
  }

  @Test
  void everythingIsCharged() {
    Scheduler scheduler = new Scheduler(LIMITS);
    scheduler.open(1, ARENA, 256, 1);
    Positions prompt = Positions.of(List.of(Fixtures.tokens(20, 1), new Run.Image(Fixtures.image(1), 8),
        Fixtures.tokens(5, 2), new Run.Image(Fixtures.image(2), 8)));
    long first = answer(scheduler, prompt.copy(), 4);
    // The last token is not computed any further, but one step was planned before that was known to all.
    assertThat(first).isEqualTo(41L * FairQueue.PREFILL_COST + 2L * FairQueue.IMAGE_COST + 3L * FairQueue.DECODE_COST);
    for (int i = 0; i < 4; i++) {
      prompt.append(9);
    }
    prompt.append(Fixtures.tokens(6, 3));
    // All but the last answer token, whose keys and values nobody has computed, are there still.
    assertThat(answer(scheduler, prompt, 1) - first)
        .isEqualTo(44L * FairQueue.CACHED_COST + 7L * FairQueue.PREFILL_COST);
  }

  /** Answers a question to the end; what its clinic was given by then. */
  private static long answer(Scheduler scheduler, Positions prompt, int tokens) {
    TenantId tenant = new TenantId("a");
    scheduler.admit(Fixtures.request(Fixtures.session("a", "s"), prompt, tokens), 1);
    for (int image = 1; image <= 2; image++) {
      scheduler.embeddingReady(Fixtures.key("a", image));
    }
    for (StepPlan plan = scheduler.schedule(1).orElse(null); plan != null; plan = scheduler.schedule(1).orElse(null)) {
      scheduler.apply(new StepResult(plan.epoch(), plan.step(), plan.rows().stream().filter(StepPlan.Row::sample)
          .map(row -> new StepResult.Sampled(row.sequence(), 9)).toList(), List.of(), Duration.ZERO), 1);
      scheduler.audit();
    }
    return scheduler.served(tenant);
  }

  @Test
  void aFailureGivesEverythingBack() {
    Scheduler scheduler = new Scheduler(LIMITS);
    scheduler.open(1, ARENA, 256, 1);
    scheduler.admit(Fixtures.request("a", "s", 30, 30).under(new Terms(ClinicalClass.STAT, Duration.ofNanos(5))), 1);
    scheduler.schedule(1);
    assertThat(scheduler.stats().arenaUsed()).isPositive();
    assertThat(scheduler.expire(6)).hasSize(1);
    assertThat(scheduler.stats().arenaUsed()).isZero();
    scheduler.audit();
  }
}

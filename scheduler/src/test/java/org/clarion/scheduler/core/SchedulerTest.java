package org.clarion.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.TenantId;
import org.junit.jupiter.api.Test;

class SchedulerTest {
  private static final int CONTEXT = 256;

  private final Scheduler scheduler = new Scheduler(Fixtures.LIMITS);

  private void open(int arena) {
    assertThat(scheduler.open(1, arena, CONTEXT, 0)).isEmpty();
  }

  private long admit(GenerationRequest request) {
    return ((AdmitResult.Accepted) scheduler.admit(request, 0)).id();
  }

  private StepPlan plan() {
    StepPlan plan = scheduler.schedule(0).orElseThrow();
    scheduler.audit();
    return plan;
  }

  /** Every sampling row yields the token. */
  private List<SchedulerEvent> apply(StepPlan plan, int token) {
    List<SchedulerEvent> events = scheduler.apply(new StepResult(plan.epoch(), plan.step(),
        plan.rows().stream().filter(StepPlan.Row::sample)
            .map(row -> new StepResult.Sampled(row.sequence(), token)).toList(),
        List.of(), Duration.ofMillis(1)), 0);
    scheduler.audit();
    return events;
  }

  private List<SchedulerEvent> retry(StepPlan plan, StepResult.Retry retry) {
    List<SchedulerEvent> events = scheduler.apply(new StepResult(plan.epoch(), plan.step(),
        plan.rows().stream().filter(row -> row.sample() && row.sequence() != retry.sequence())
            .map(row -> new StepResult.Sampled(row.sequence(), 9)).toList(),
        List.of(retry), Duration.ofMillis(1)), 0);
    scheduler.audit();
    return events;
  }

  private void runToEnd() {
    for (StepPlan plan = scheduler.schedule(0).orElse(null); plan != null; plan = scheduler.schedule(0).orElse(null)) {
      apply(plan, 9);
    }
  }

  @Test
  void promptsAreChunkedAndDecodesComeFirst() {
    open(1024);
    admit(Fixtures.request("a", "s", 20, 10));
    StepPlan first = plan();
    assertThat(first.rows()).singleElement().satisfies(row -> {
      assertThat(row.kind()).isEqualTo(StepPlan.RowKind.PREFILL);
      assertThat(row.count()).isEqualTo(16);
      assertThat(row.sample()).isFalse();
    });
    assertThat(plan().rows().getFirst().sample()).isTrue();
    admit(Fixtures.request("b", "s", 20, 10));
    StepPlan third = plan();
    assertThat(third.rows()).extracting(StepPlan.Row::kind).containsExactly(StepPlan.RowKind.DECODE,
        StepPlan.RowKind.PREFILL);
    assertThat(third.admissions()).singleElement().extracting(a -> a.tenant().value()).isEqualTo("b");
  }

  @Test
  void sequenceThatEndedCostsOneIgnoredSlot() {
    open(1024);
    admit(Fixtures.request("a", "s", 4, 10));
    StepPlan one = plan();
    StepPlan two = plan();
    assertThat(apply(one, Fixtures.STOP)).singleElement().isInstanceOfSatisfying(SchedulerEvent.Finished.class,
        done -> assertThat(done.reason()).isEqualTo(FinishReason.STOP));
    assertThat(scheduler.schedule(0)).isEmpty();
    assertThat(apply(two, 9)).isEmpty();
    admit(Fixtures.request("b", "s", 4, 1));
    assertThat(plan().release()).containsExactly(one.rows().getFirst().sequence());
  }

  @Test
  void maxTokensIsCutToTheContext() {
    open(1024);
    admit(Fixtures.request("a", "s", CONTEXT - 3, 100));
    List<SchedulerEvent> events = new ArrayList<>();
    for (StepPlan plan = scheduler.schedule(0).orElse(null); plan != null; plan = scheduler.schedule(0).orElse(null)) {
      events.addAll(apply(plan, 9));
    }
    assertThat(events.getLast()).isInstanceOfSatisfying(SchedulerEvent.Finished.class, done -> {
      assertThat(done.reason()).isEqualTo(FinishReason.LENGTH);
      assertThat(done.outcome().completionTokens()).isEqualTo(3);
    });
  }

  @Test
  void whatNeverFitsIsRefusedWithBothNumbers() {
    open(100);
    assertThat(scheduler.admit(Fixtures.request("a", "s", 100, 1), 0)).isEqualTo(new AdmitResult.TooLong(100, 96));
    assertThat(scheduler.admit(Fixtures.request("a", "s", 95, 1), 0)).isInstanceOf(AdmitResult.Accepted.class);
  }

  @Test
  void queuesAreBoundedPerTenantAndInAll() {
    open(1024);
    for (int i = 0; i < 16; i++) {
      admit(Fixtures.request("a", "s" + i, 4, 4));
    }
    assertThat(scheduler.admit(Fixtures.request("a", "t", 4, 4), 0))
        .isInstanceOfSatisfying(AdmitResult.Overloaded.class, full -> assertThat(full.limit()).isEqualTo(16));
    for (int i = 0; i < 16; i++) {
      admit(Fixtures.request("b" + i, "s", 4, 4));
    }
    assertThat(scheduler.admit(Fixtures.request("c", "t", 4, 4), 0))
        .isInstanceOfSatisfying(AdmitResult.Overloaded.class, full -> assertThat(full.limit()).isEqualTo(32));
  }

  @Test
  void followUpTakesOverItsParkedExtent() {
    open(1024);
    Positions prompt = Positions.of(List.of(Fixtures.tokens(40, 1)));
    admit(Fixtures.request(Fixtures.session("a", "s"), prompt.copy(), 10));
    StepPlan first = plan();
    Extent extent = first.rows().getFirst().extent();
    apply(first, 9);
    runToEnd();
    IntStream.range(0, 10).forEach(_ -> prompt.append(9));
    prompt.append(Fixtures.tokens(6, 50));
    AdmitResult.Accepted accepted = (AdmitResult.Accepted) scheduler
        .admit(Fixtures.request(Fixtures.session("a", "s"), prompt, 10), 0);
    assertThat(accepted.cachedTokens()).isEqualTo(49);
    StepPlan.Row row = plan().rows().getFirst();
    assertThat(row.position()).isEqualTo(49);
    assertThat(row.extent()).isEqualTo(extent);
    assertThat(scheduler.stats().relocations()).isZero();
  }

  @Test
  void otherTenantsNeverShare() {
    open(1024);
    Positions prompt = Positions.of(List.of(Fixtures.tokens(60, 1)));
    admit(Fixtures.request(Fixtures.session("a", "s"), prompt.copy(), 4));
    runToEnd();
    assertThat(((AdmitResult.Accepted) scheduler.admit(
        Fixtures.request(Fixtures.session("b", "s"), prompt.copy(), 4), 0)).cachedTokens()).isZero();
    assertThat(((AdmitResult.Accepted) scheduler.admit(
        Fixtures.request(Fixtures.session("a", "t"), prompt.copy(), 4), 0)).cachedTokens()).isEqualTo(59);
  }

  @Test
  void whatAForgottenTenantHasComputedIsNotUsedAgain() {
    open(1024);
    Positions prompt = Positions.of(List.of(Fixtures.tokens(60, 1)));
    admit(Fixtures.request(Fixtures.session("a", "s"), prompt.copy(), 4));
    admit(Fixtures.request(Fixtures.session("b", "s"), prompt.copy(), 4));
    runToEnd();
    scheduler.forget(new TenantId("a"));
    scheduler.audit();
    assertThat(scheduler.stats().parked()).isEqualTo(1);
    assertThat(((AdmitResult.Accepted) scheduler.admit(
        Fixtures.request(Fixtures.session("a", "s"), prompt.copy(), 4), 0)).cachedTokens()).isZero();
    assertThat(((AdmitResult.Accepted) scheduler.admit(
        Fixtures.request(Fixtures.session("b", "t"), prompt.copy(), 4), 0)).cachedTokens()).isEqualTo(59);
    runToEnd();
  }

  @Test
  void followUpGrowsWhereItLiesAndItsNeighbourMoves() {
    open(192);
    Positions prompt = Positions.of(List.of(Fixtures.tokens(60, 1)));
    admit(Fixtures.request(Fixtures.session("a", "s"), prompt.copy(), 4));
    runToEnd();
    admit(Fixtures.request("b", "s", 30, 34));
    StepPlan neighbour = plan();
    assertThat(neighbour.rows().getFirst().extent()).isEqualTo(new Extent(64, 64));
    IntStream.range(0, 4).forEach(_ -> prompt.append(9));
    prompt.append(Fixtures.tokens(20, 50));
    admit(Fixtures.request(Fixtures.session("a", "s"), prompt, 1));
    StepPlan plan = plan();
    assertThat(plan.rows()).extracting(row -> row.tenant().value()).containsExactly("b", "a");
    Extent moved = new Extent(128, 64);
    assertThat(plan.forks()).containsExactly(new StepPlan.Fork(neighbour.rows().getFirst().sequence(),
        neighbour.rows().getFirst().sequence(), 0, 30, new Extent(64, 64), moved));
    assertThat(plan.rows().getFirst().extent()).as("the row was granted before the move").isEqualTo(moved);
    assertThat(plan.rows().getLast().extent()).isEqualTo(new Extent(0, 96));
    assertThat(plan.rows().getLast().position()).isEqualTo(63);
    assertThat(scheduler.stats().relocations()).isZero();
    assertThat(scheduler.stats().evictions()).isZero();
  }

  @Test
  void whatATenantHasComputedIsCopiedForAnotherOfItsSessions() {
    open(1024);
    Positions prompt = Positions.of(List.of(Fixtures.tokens(30, 1), new Run.Image(Fixtures.image(1), 8),
        Fixtures.tokens(20, 3)));
    scheduler.admit(Fixtures.request(Fixtures.session("a", "s"), prompt, 4), 0);
    scheduler.embeddingReady(Fixtures.key("a", 1));
    runToEnd();
    int parked = scheduler.stats().parked();
    Positions alike = Positions.of(List.of(Fixtures.tokens(30, 1), new Run.Image(Fixtures.image(1), 8),
        Fixtures.tokens(20, 60)));
    admit(Fixtures.request(Fixtures.session("a", "t"), alike, 4));
    StepPlan plan = plan();
    assertThat(plan.forks()).singleElement().satisfies(copy -> {
      assertThat(copy.from()).isZero();
      assertThat(copy.to()).isZero();
      assertThat(copy.count()).as("all of the image").isEqualTo(38);
      assertThat(copy.toExtent()).isEqualTo(plan.rows().getFirst().extent());
    });
    assertThat(plan.rows().getFirst().position()).isEqualTo(38);
    assertThat(scheduler.stats().parked()).as("the source stays").isEqualTo(parked);
    // One that is alike but for its image has the words before it only; and from a sequence that still runs.
    apply(plan, 9);
    Positions other = Positions.of(List.of(Fixtures.tokens(30, 1), new Run.Image(Fixtures.image(2), 8),
        Fixtures.tokens(20, 60)));
    scheduler.admit(Fixtures.request(Fixtures.session("a", "u"), other, 4), 0);
    scheduler.embeddingReady(Fixtures.key("a", 2));
    assertThat(plan().rows().getLast().position()).isEqualTo(30);
  }

  @Test
  void chunkStopsBeforeALostImage() {
    open(1024);
    scheduler.embeddingReady(Fixtures.key("a", 1));
    Positions prompt = Positions.of(List.of(Fixtures.tokens(10, 1), new Run.Image(Fixtures.image(1), 8)));
    long id = admit(Fixtures.request(Fixtures.session("a", "s"), prompt, 5));
    assertThat(scheduler.state(id)).contains(SequenceState.AWAITING_EMBEDDING);
    assertThat(scheduler.schedule(0)).isEmpty();
    scheduler.embeddingReady(Fixtures.key("a", 1));
    StepPlan one = plan();
    StepPlan two = plan();
    long sequence = one.rows().getFirst().sequence();
    assertThat(one.embeddings()).containsExactly(Fixtures.key("a", 1));
    assertThat(retry(one, new StepResult.Retry.MissingEmbedding(sequence, Fixtures.key("a", 1))))
        .containsExactly(new SchedulerEvent.EmbeddingLost(Fixtures.key("a", 1)));
    assertThat(retry(two, new StepResult.Retry.PositionMismatch(sequence))).isEmpty();
    assertThat(scheduler.schedule(0)).isEmpty();
    scheduler.embeddingReady(Fixtures.key("a", 1));
    assertThat(plan().rows().getFirst().position()).isZero();
    assertThat(scheduler.stats().preemptions()).isZero();
  }

  @Test
  void overdueEmbeddingEndsTheGeneration() {
    open(1024);
    Positions prompt = Positions.of(List.of(new Run.Image(Fixtures.image(1), 8), Fixtures.tokens(2, 1)));
    admit(Fixtures.request(Fixtures.session("a", "s"), prompt, 5));
    assertThat(scheduler.expire(Duration.ofSeconds(30).toNanos())).isEmpty();
    assertThat(scheduler.expire(Duration.ofSeconds(31).toNanos())).singleElement()
        .isInstanceOfSatisfying(SchedulerEvent.Failed.class,
            failed -> assertThat(failed.cause()).isInstanceOf(SchedulerEvent.Cause.EmbeddingOverdue.class));
    assertThat(scheduler.stats().queued()).isZero();
  }

  @Test
  void sequenceThatBreaksTheRanksFailsInTheEnd() {
    open(1024);
    admit(Fixtures.request("a", "s", 4, 10));
    List<SchedulerEvent> events = new ArrayList<>();
    for (int epoch = 2; events.isEmpty(); epoch++) {
      plan();
      scheduler.rankLost();
      events.addAll(scheduler.open(epoch, 1024, CONTEXT, 0));
      assertThat(epoch).isLessThan(10);
    }
    assertThat(events).singleElement().isInstanceOfSatisfying(SchedulerEvent.Failed.class,
        failed -> assertThat(failed.cause()).isEqualTo(new SchedulerEvent.Cause.TooManyRestarts(5)));
  }

  @Test
  void resultsOfAnOlderEpochChangeNothing() {
    open(1024);
    admit(Fixtures.request("a", "s", 4, 10));
    StepPlan old = plan();
    scheduler.rankLost();
    scheduler.open(7, 1024, CONTEXT, 0);
    assertThat(apply(old, 9)).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> scheduler.open(7, 1024, CONTEXT, 0));
    StepPlan wrong = plan();
    assertThatIllegalArgumentException().isThrownBy(() -> scheduler.apply(
        new StepResult(7, wrong.step() + 1, List.of(), List.of(), Duration.ZERO), 0));
  }

  @Test
  void committedTokensArePrefilledLikeThePrompt() {
    open(1024);
    Positions prompt = Positions.of(List.of(Fixtures.tokens(4, 1)));
    admit(new GenerationRequest(Fixtures.session("a", "s"), prompt, Sampling.GREEDY, 5, new int[0],
        new int[]{11, 12, 13}));
    StepPlan plan = plan();
    assertThat(plan.rows().getFirst().count()).isEqualTo(7);
    assertThat(apply(plan, 14)).containsExactly(new SchedulerEvent.Token(1, 3, 14, null));
    assertThat(apply(plan(), 15).getLast()).isInstanceOfSatisfying(SchedulerEvent.Finished.class,
        done -> assertThat(done.outcome().completionTokens()).isEqualTo(5));
  }

  @Test
  void clinicsGetEqualShares() {
    Scheduler busy = new Scheduler(new SchedulerLimits(32, 16, 4, 400, 200, 32, Duration.ofSeconds(30)));
    busy.open(1, 512, CONTEXT, 0);
    FakeReplica replica = new FakeReplica(1, 512);
    TenantId many = new TenantId("many");
    TenantId few = new TenantId("few");
    int session = 0;
    long worst = 0;
    for (int i = 0; i < 3000; i++) {
      while (busy.queued(many) < 20) {
        busy.admit(Fixtures.request("many", "s" + session++, 60, 40), 0);
      }
      while (busy.queued(few) < 8) {
        busy.admit(Fixtures.request("few", "s" + session++, 20, 10), 0);
      }
      busy.apply(replica.execute(busy.schedule(0).orElseThrow()), 0);
      worst = Math.max(worst, Math.abs(busy.served(many) - busy.served(few)));
    }
    // What four rows can still be given after the choice was made: prompt and answer of each.
    assertThat(worst).isLessThanOrEqualTo(4L * (60 * FairQueue.PREFILL_COST + 40 * FairQueue.DECODE_COST));
    assertThat(busy.served(few)).isGreaterThan(100_000);
  }
}

package org.clarion.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.core.BeamSettings.Stopping;
import org.junit.jupiter.api.Test;

/** Answers of beam searches against a search that computes everything anew; rows, memory and charges beside it. */
class BeamSearchTest {
  private static final int CONTEXT = 256;
  private static final BeamSettings FOUR = new BeamSettings(4, 1, Stopping.HEURISTIC);

  private final Scheduler scheduler = new Scheduler(Fixtures.LIMITS);
  private final FakeReplica replica = new FakeReplica(1, 2048);

  private static GenerationRequest request(Run prompt, int maxTokens, BeamSettings beams, List<int[]> stops) {
    return new GenerationRequest(Fixtures.session("a", "s"), Positions.of(List.of(prompt)), Sampling.GREEDY, maxTokens,
        new int[]{Fixtures.STOP}, stops, new int[0], beams, Terms.ROUTINE);
  }

  private long admit(GenerationRequest request) {
    return ((AdmitResult.Accepted) scheduler.admit(request, 0)).id();
  }

  private List<SchedulerEvent> step() {
    List<SchedulerEvent> events = scheduler.schedule(0).map(plan -> scheduler.apply(replica.execute(plan), 0))
        .orElse(List.of());
    scheduler.audit();
    return events;
  }

  private List<Integer> run() {
    List<Integer> tokens = new ArrayList<>();
    for (int i = 0; i < 500 && scheduler.stats().running() + scheduler.stats().queued() > 0; i++) {
      for (SchedulerEvent event : step()) {
        if (event instanceof SchedulerEvent.Token token) {
          tokens.add(token.token());
        }
      }
    }
    return tokens;
  }

  @Test
  void everyWidthPenaltyAndStoppingGivesTheNaiveAnswer() {
    scheduler.open(1, 2048, CONTEXT, 0);
    Random random = new Random(9);
    for (Stopping stopping : Stopping.values()) {
      for (float lengthPenalty : new float[]{-1, 0, 0.6f, 1, 3}) {
        for (int width = 2; width <= 8; width++) {
          Run prompt = Fixtures.tokens(1 + random.nextInt(30), random.nextInt(90));
          BeamSettings settings = new BeamSettings(width, lengthPenalty, stopping);
          int maxTokens = 1 + random.nextInt(40);
          admit(request(prompt, maxTokens, settings, List.of()));
          assertThat(run()).as("%s, %s tokens", settings, maxTokens)
              .isEqualTo(Fixtures.beamAnswer(List.of(prompt), maxTokens, settings));
        }
      }
    }
  }

  @Test
  void aFollowUpGoesOnFromWhatTheFirstPlaceHolds() {
    scheduler.open(1, 2048, CONTEXT, 0);
    Run prompt = Fixtures.tokens(20, 1);
    admit(request(prompt, 12, FOUR, List.of()));
    List<Integer> answer = run();
    List<Run> next = new ArrayList<>(List.of(prompt));
    next.add(new Run.Tokens(answer.stream().mapToInt(t -> t).toArray()));
    next.add(Fixtures.tokens(5, 7));
    Positions positions = Positions.of(next);
    AdmitResult.Accepted accepted = (AdmitResult.Accepted) scheduler
        .admit(Fixtures.request(Fixtures.session("a", "s"), positions, 9), 0);
    assertThat(accepted.cachedTokens()).isBetween(20, positions.length() - 5);
    assertThat(run()).isEqualTo(Fixtures.answer(next, 9));
  }

  @Test
  void everyBeamIsARowAndIsChargedAndAllLeaveTogether() {
    scheduler.open(1, 2048, CONTEXT, 0);
    long id = admit(request(Fixtures.tokens(10, 3), 30, FOUR, List.of()));
    step();
    long before = scheduler.served(new TenantId("a"));
    StepPlan plan = scheduler.schedule(0).orElseThrow();
    assertThat(plan.rows()).hasSize(4);
    assertThat(plan.forks()).hasSize(3).allSatisfy(fork -> assertThat(fork.count()).isEqualTo(10));
    assertThat(scheduler.served(new TenantId("a")) - before)
        .isEqualTo(4 * FairQueue.DECODE_COST + 3 * 10 * FairQueue.CACHED_COST);
    assertThat(scheduler.schedule(0)).as("nothing is planned ahead of the candidates").isEmpty();
    assertThat(scheduler.cancel(id, 0)).isPresent();
    scheduler.audit();
    assertThat(scheduler.stats().running()).isZero();
    assertThat(scheduler.stats().arenaUsed()).as("of 4 places for 10 + 30 positions, one stays parked").isEqualTo(64);
    scheduler.apply(replica.execute(plan), 0);
    admit(Fixtures.request("b", "s", 4, 1));
    assertThat(scheduler.schedule(0).orElseThrow().release()).hasSize(4);
    scheduler.audit();
  }

  @Test
  void aWideSearchWaitsForRowsAndTooWideOnesAreRefused() {
    scheduler.open(1, 2048, CONTEXT, 0);
    for (int i = 0; i < 5; i++) {
      admit(Fixtures.request("b", "s" + i, 4, 20));
    }
    step();
    admit(request(Fixtures.tokens(10, 3), 5, FOUR, List.of()));
    step();
    assertThat(scheduler.stats().queued()).isEqualTo(1);
    run();
    assertThat(scheduler.stats().queued()).isZero();
    assertThatIllegalArgumentException().isThrownBy(
        () -> admit(request(Fixtures.tokens(10, 3), 5, new BeamSettings(9, 1, Stopping.ALWAYS), List.of())))
        .withMessageContaining("width 9").withMessageContaining("8 rows");
    assertThatIllegalArgumentException().isThrownBy(() -> new BeamSettings(11, 1, Stopping.ALWAYS))
        .withMessageContaining("11");
  }

  @Test
  void aStopSequenceEndsAnAnswerWithAndWithoutBeams() {
    scheduler.open(1, 2048, CONTEXT, 0);
    Run prompt = Fixtures.tokens(10, 3);
    BeamSettings settings = new BeamSettings(3, 1, Stopping.ALWAYS);
    List<Integer> free = Fixtures.beamAnswer(List.of(prompt), 30, settings);
    int[] last = {free.get(0)};
    admit(request(prompt, 30, settings, List.of(last)));
    assertThat(run()).doesNotContain(free.get(0));

    List<Integer> greedy = Fixtures.answer(List.of(prompt), 30);
    int[] stop = {greedy.get(2), greedy.get(3)};
    GenerationRequest request = new GenerationRequest(Fixtures.session("b", "s"), Positions.of(List.of(prompt)),
        Sampling.GREEDY, 30, new int[]{Fixtures.STOP}, List.of(stop, new int[]{1, 1, 1}), new int[0], null,
        Terms.ROUTINE);
    admit(request);
    List<SchedulerEvent> events = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      events.addAll(step());
    }
    assertThat(events).hasSize(5).last().isInstanceOfSatisfying(SchedulerEvent.Finished.class, done -> {
      assertThat(done.reason()).isEqualTo(FinishReason.STOP);
      assertThat(done.outcome().completionTokens()).isEqualTo(2);
      assertThat(done.outcome().known().length()).isEqualTo(12);
    });
  }
}

package org.clarion.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.TenantId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpeculationTest {
  private static final int ARENA = 4096;

  /** A scheduler, its replica, and what came of them. */
  private static final class Course {
    final Scheduler scheduler;
    final FakeReplica replica = new FakeReplica(1, ARENA);
    final List<String> told = new ArrayList<>();
    final List<StepPlan.Row> verifies = new ArrayList<>();
    final Deque<StepPlan> plans = new ArrayDeque<>();
    final int depth;
    int steps;

    Course(int longest, int depth) {
      this.depth = depth;
      scheduler = new Scheduler(Fixtures.LIMITS,
          SchedulerPolicy.DEFAULT.with(new SchedulerPolicy.Speculation(longest)));
      scheduler.open(1, ARENA, 1024, 1);
      replica.draftNanos = 5_000;
      // So that predictions are made.
      ask(Fixtures.request("other", "first", 20, 40));
      steps = 0;
      told.clear();
    }

    void ask(GenerationRequest request) {
      assertThat(scheduler.admit(request, 1)).isInstanceOf(AdmitResult.Accepted.class);
      while (scheduler.stats().running() + scheduler.stats().queued() > 0) {
        step();
      }
      while (!plans.isEmpty()) {
        step();
      }
    }

    void step() {
      while (plans.size() < depth) {
        StepPlan plan = scheduler.schedule(1).orElse(null);
        if (plan == null) {
          break;
        }
        plan.rows().stream().filter(row -> row.count() > 1 && row.kind() == StepPlan.RowKind.VERIFY)
            .forEach(verifies::add);
        plans.add(plan);
        scheduler.audit();
      }
      steps++;
      for (SchedulerEvent event : scheduler.apply(replica.execute(plans.remove()), 1)) {
        told.add(switch (event) {
          case SchedulerEvent.Token token -> token.index() + ":" + token.token();
          case SchedulerEvent.Finished done ->
            done.reason() + " " + done.outcome().completionTokens() + " of " + done.outcome().known().length();
          case SchedulerEvent.Failed failed -> failed.cause().toString();
          case SchedulerEvent.EmbeddingLost lost -> lost.toString();
        });
      }
      scheduler.audit();
    }
  }

  /** The same words again and again, so that an answer has what to repeat. */
  private static Positions report(int seed) {
    Random random = new Random(seed);
    int[] words = random.ints(12, 3, Fixtures.VOCABULARY).toArray();
    int[] ids = IntStream.range(0, 60).map(i -> words[i % words.length]).toArray();
    return Positions.of(List.of(new Run.Tokens(ids)));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theSameAnswersInFewerSteps(int depth) {
    Course off = new Course(0, depth);
    Course on = new Course(8, depth);
    for (int i = 0; i < 12; i++) {
      for (Course run : List.of(off, on)) {
        run.ask(Fixtures.request(Fixtures.session("clinic", "s" + i), report(i), 100));
      }
    }
    assertThat(on.told).isEqualTo(off.told);
    SchedulerStats stats = on.scheduler.stats();
    assertThat(stats.accepted()).as("of %d", stats.drafted()).isGreaterThan(50).isLessThan(stats.drafted());
    assertThat(on.steps).isLessThan(off.steps - 50);
    assertThat(stats.draftGain()).isGreaterThan(1);
    assertThat(off.verifies).isEmpty();
    assertThat(off.scheduler.stats().drafted()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void anAnswerEndsWithinItsDrafts(int depth) {
    for (int seed = 0; seed < 12; seed++) {
      List<Integer> whole = Fixtures.answer(report(seed).runs(), 100);
      if (whole.size() < 40) {
        continue;
      }
      int[] stop = {whole.get(whole.size() - 12), whole.get(whole.size() - 11), whole.get(whole.size() - 10)};
      Course off = new Course(0, depth);
      Course on = new Course(8, depth);
      for (Course run : List.of(off, on)) {
        for (int most : new int[]{37, 38, 39, 100}) {
          GenerationRequest request = Fixtures.request(Fixtures.session("clinic", "s" + most), report(seed), most);
          run.ask(new GenerationRequest(request.session(), request.prompt(), Sampling.GREEDY, most,
              new int[]{whole.get(36), Fixtures.STOP}, List.of(stop), new int[0], null, Terms.ROUTINE));
          run.ask(new GenerationRequest(request.session(), request.prompt(), Sampling.GREEDY, most,
              new int[]{Fixtures.STOP}, List.of(stop), new int[0], null, Terms.ROUTINE));
          run.ask(request);
        }
      }
      assertThat(on.told).as("seed %d", seed).isEqualTo(off.told);
      assertThat(on.verifies).isNotEmpty();
    }
  }

  @Test
  void whatIsKeptIsCharged() {
    Course off = new Course(0, 1);
    Course on = new Course(8, 1);
    for (Course run : List.of(off, on)) {
      run.ask(Fixtures.request(Fixtures.session("clinic", "s"), report(3), 100));
    }
    assertThat(on.scheduler.stats().accepted()).isPositive();
    assertThat(on.scheduler.served(new TenantId("clinic"))).isEqualTo(off.scheduler.served(new TenantId("clinic")));
  }

  @Test
  void whatATenantSaidIsDraftedForItsOtherSessions() {
    Course run = new Course(8, 2);
    Positions said = Positions.of(List.of(new Run.Tokens(new Random(1).ints(90, 3, Fixtures.VOCABULARY).toArray())));
    run.ask(Fixtures.request(Fixtures.session("clinic", "a"), said, 4));
    run.verifies.clear();
    run.ask(Fixtures.request(Fixtures.session("clinic", "b"), Positions.of(List.of(new Run.Tokens(said.ids(30, 50)))),
        9));
    assertThat(run.verifies).isNotEmpty();
    assertThat(run.verifies.getFirst().tokens()).startsWith(said.at(50), said.at(51));
  }

  @Test
  void nobodyDraftsFromAnotherTenant() {
    Course run = new Course(8, 2);
    Positions said = Positions.of(List.of(new Run.Tokens(new Random(1).ints(90, 3, Fixtures.VOCABULARY).toArray())));
    run.ask(Fixtures.request(Fixtures.session("clinic", "a"), said, 4));
    run.verifies.clear();
    run.ask(Fixtures.request(Fixtures.session("elsewhere", "b"),
        Positions.of(List.of(new Run.Tokens(said.ids(30, 50)))), 9));
    assertThat(run.verifies).isEmpty();
  }

  @Test
  void onlyTheLikeliestIdAsItIsIsDrafted() {
    for (Sampling sampling : List.of(
        new Sampling(0.5f, new Sampling.Cut(0, 1, 0), Sampling.Penalties.NONE, new TreeMap<>(), 1, null, null),
        new Sampling(0, new Sampling.Cut(0, 1, 0), new Sampling.Penalties(1.1f, 0, 0), new TreeMap<>(), 1, null, null),
        new Sampling(0, new Sampling.Cut(0, 1, 0), Sampling.Penalties.NONE, new TreeMap<>(java.util.Map.of(5, 1f)), 1,
            null, null),
        new Sampling(0, new Sampling.Cut(0, 1, 0), Sampling.Penalties.NONE, new TreeMap<>(), 1, 0, null))) {
      Course run = new Course(8, 2);
      run.verifies.clear();
      run.ask(new GenerationRequest(Fixtures.session("clinic", "s"), report(3), sampling, 60, new int[]{Fixtures.STOP},
          new int[0]));
      assertThat(run.verifies).isEmpty();
    }
  }

  @Test
  void aResultWithMoreThanWasAskedForIsRefused() {
    Course run = new Course(8, 1);
    run.scheduler.admit(Fixtures.request(Fixtures.session("clinic", "s"), report(3), 60), 1);
    run.verifies.clear();
    StepPlan plan = run.scheduler.schedule(1).orElseThrow();
    while (run.verifies.isEmpty()) {
      run.scheduler.apply(run.replica.execute(plan), 1);
      plan = run.scheduler.schedule(1).orElseThrow();
      plan.rows().stream().filter(row -> row.kind() == StepPlan.RowKind.VERIFY).forEach(run.verifies::add);
    }
    StepPlan.Row row = run.verifies.getFirst();
    StepResult tooMany = new StepResult(1, plan.step(),
        List.of(new StepResult.Sampled(row.sequence(), 9, null, new int[row.count()], row.count())), List.of(),
        java.time.Duration.ofMillis(1));
    assertThatThrownBy(() -> run.scheduler.apply(tooMany, 1)).hasMessageContaining("it may have " + (row.count() - 1));
  }

  @Test
  void whatDoesNotPayStopsAndIsTriedAgain() {
    DraftGain gain = new DraftGain(16, 100);
    assertThat(gain.open(0)).isTrue();
    assertThat(gain.gain()).isEqualTo(1);
    long clock = 0;
    long paused = 0;
    for (int round = 1; round <= 8; round++) {
      int tries = 0;
      while (gain.open(clock) && tries < 9) {
        gain.tell(4, 1, 0.5, clock++);
        tries++;
      }
      assertThat(tries).as("a few are tried").isBetween(4, 8);
      long begun = clock;
      while (!gain.open(clock) && clock - begun < 10_000) {
        clock++;
      }
      assertThat(clock - begun).as("pauses grow, up to a limit").isGreaterThanOrEqualTo(paused)
          .isLessThanOrEqualTo(100L * DraftGain.LONGEST);
      paused = clock - begun;
    }
    for (int i = 0; i < 200; i++) {
      gain.tell(4, 3, 0.5, clock++);
      assertThat(gain.open(clock)).as("what pays goes on").isTrue();
    }
    assertThat(gain.gain()).isCloseTo(1.5, org.assertj.core.api.Assertions.within(0.01));
    assertThat(gain.chance(0.5)).isBetween(0.7, 0.75);
  }

  /** Where a draft takes as long as a step, the replica stops soon, and the steps are what they would have been. */
  @Test
  void dearDraftsAreLeftAlone() {
    Course run = new Course(8, 2);
    run.replica.draftNanos = 2_000_000;
    for (int i = 0; i < 20; i++) {
      run.ask(Fixtures.request(Fixtures.session("clinic", "s" + i), report(i), 100));
    }
    long early = run.scheduler.stats().drafted();
    int steps = run.steps;
    for (int i = 20; i < 60; i++) {
      run.ask(Fixtures.request(Fixtures.session("clinic", "s" + i), report(i), 100));
    }
    assertThat(run.scheduler.stats().drafted() - early).as("in %d steps", run.steps - steps)
        .isLessThan((run.steps - steps) / 10);
  }

  @Test
  void placesAreFound() {
    Positions text = Positions.of(List.of(new Run.Tokens(new int[]{1, 2, 3, 4, 5, 1, 2, 3, 6}),
        new Run.Image(Fixtures.image(1), 4), new Run.Tokens(new int[]{1, 2, 3})));
    Phrases phrases = new Phrases(text);
    Phrases.Place place = phrases.find(text);
    assertThat(place).isNotNull();
    assertThat(place.next()).isEqualTo(8);
    assertThat(place.following(5)).as("up to the image").containsExactly(6);
    assertThat(phrases.find(Positions.of(List.of(new Run.Tokens(new int[]{3, 6, 1}))))).isNull();
    assertThat(phrases.find(Positions.of(List.of(new Run.Tokens(new int[]{2, 3}))))).isNull();
    Random random = new Random(3);
    for (int i = 0; i < 3000; i++) {
      text.append(3 + random.nextInt(12));
      Phrases.Place found = phrases.find(text);
      int end = text.length();
      int last = end - 1;
      while (last >= 3 && !java.util.Arrays.equals(text.ids(last - 3, last), text.ids(end - 3, end))) {
        last--;
      }
      if (last < 3 || text.at(end - 3) < 0 || text.at(end - 2) < 0) {
        assertThat(found).isNull();
      } else {
        assertThat(found).isNotNull();
        assertThat(found.next()).isEqualTo(last);
        assertThat(text.ids(last - found.length(), last)).isEqualTo(text.ids(end - found.length(), end));
      }
    }
    Positions shorter = text.copy();
    shorter.truncate(40);
    assertThat(phrases.of(shorter).find(text)).isNull();
  }
}

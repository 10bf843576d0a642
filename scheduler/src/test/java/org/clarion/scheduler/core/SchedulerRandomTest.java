package org.clarion.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.ImageHash;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.TenantId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random arrivals of all classes, follow-ups, cancels, timeouts, late and lost embeddings and lost replicas. With text,
 * every answer must be that of a model without batching or caching, whatever happened on the way. Without, only the
 * accounts and the plans are looked at, which is quick enough for a million steps.
 *
 * <p>
 * A failure names its world and how to see it again. {@code -Dclarion.random.steps=100000000} makes the long run.
 */
class SchedulerRandomTest {
  private static final int CONTEXT = 256;
  private static final List<BeamSettings.Stopping> STOPPINGS = List.of(BeamSettings.Stopping.ALWAYS,
      BeamSettings.Stopping.HEURISTIC, BeamSettings.Stopping.NEVER);

  /** The replica of this test takes no notice, but nothing is drafted. */
  private static final Sampling PENALISED = new Sampling(0, new Sampling.Cut(0, 1, 0),
      new Sampling.Penalties(1, 0.5f, 0), new TreeMap<>(), 0, null, null);

  /** What a client awaits. */
  private record Wanted(SessionKey session, List<Run> prompt, List<Integer> answer, List<Integer> got, long since) {}

  private static final class World {
    final Random random;
    final boolean text;
    final SchedulerLimits limits;
    final int capacity;
    final int longestDraft;
    final long draftNanos;
    /** Whether clients ask for long answers and mostly stop them early. */
    final boolean hasty;
    final Scheduler scheduler;
    FakeReplica replica;
    long epoch = 1;
    long now = 1;
    final Deque<StepPlan> plans = new ArrayDeque<>();
    final Map<Long, Wanted> wanted = new HashMap<>();
    final Map<SessionKey, List<Run>> sessions = new HashMap<>();
    final Set<SessionKey> busy = new HashSet<>();
    final Map<EmbeddingKey, Long> onTheirWay = new HashMap<>();
    int complete;
    int searches;
    int cached;
    int emptySteps;
    int steps;

    World(long seed, boolean text) {
      this.text = text;
      random = new Random(seed);
      int rows = 1 + random.nextInt(12);
      limits = new SchedulerLimits(rows + 1 + random.nextInt(64), 1 + random.nextInt(40), rows, 24, 12,
          new int[]{1, 16, 32}[random.nextInt(3)], Duration.ofSeconds(30));
      // What a size class does not fill is left alone.
      capacity = (256 + random.nextInt(1500)) / limits.sizeClass() * limits.sizeClass();
      SchedulerPolicy.Pace pace = new SchedulerPolicy.Pace(
          Duration.ofNanos(new long[]{1, 1_000_000, 200_000_000}[random.nextInt(3)]), 1 + random.nextInt(16));
      longestDraft = seed % 4 == 0 ? 0 : 1 + random.nextInt(9);
      hasty = seed % 3 == 0;
      scheduler = new Scheduler(limits, SchedulerPolicy.DEFAULT.with(pace)
          .with(new SchedulerPolicy.Speculation(longestDraft))
          .with(new SchedulerPolicy.TenantWeights(Map.of(new TenantId("clinic-0"), 2500))));
      scheduler.open(epoch, capacity, CONTEXT, now);
      replica = new FakeReplica(epoch, capacity, text);
      draftNanos = new long[]{500, 5_000, 40_000}[random.nextInt(3)];
      replica.draftNanos = draftNanos;
    }

    void step(boolean arrivals) {
      now += 1_000_000;
      if (arrivals) {
        while (random.nextInt(100) < 25) {
          arrive();
        }
        disturb();
      }
      onTheirWay.entrySet().removeIf(entry -> {
        if (entry.getValue() <= now) {
          replica.embeddings.add(entry.getKey());
          scheduler.embeddingReady(entry.getKey());
          return true;
        }
        return false;
      });
      int depth = 1 + random.nextInt(2);
      while (scheduler.stepsInFlight() < depth) {
        StepPlan plan = scheduler.schedule(now).orElse(null);
        if (plan == null) {
          break;
        }
        check(plan);
        plans.add(plan);
        scheduler.audit();
      }
      if (plans.isEmpty()) {
        emptySteps++;
      } else {
        steps++;
        handle(scheduler.apply(replica.execute(plans.remove()), now));
        scheduler.audit();
      }
      handle(scheduler.expire(now));
    }

    void check(StepPlan plan) {
      int budget = scheduler.stats().tokenBudget();
      assertThat(plan.granted()).isLessThanOrEqualTo(budget);
      assertThat(budget).isLessThanOrEqualTo(limits.tokenBudget());
      assertThat(plan.rows().size()).isLessThanOrEqualTo(limits.maxRows());
      Set<Long> once = new HashSet<>();
      for (StepPlan.Row row : plan.rows()) {
        assertThat(once.add(row.sequence())).isTrue();
        assertThat(row.count()).isBetween(1, switch (row.kind()) {
          case PREFILL -> limits.chunk();
          case DECODE -> 1;
          case VERIFY -> 1 + longestDraft;
        });
        assertThat(row.extent().end()).isLessThanOrEqualTo(capacity);
        assertThat(row.extent().length()).isGreaterThanOrEqualTo(row.position() + row.count());
      }
      checkDrafts(plan);
      plan.release().forEach(sequence -> assertThat(once).doesNotContain(sequence));
      boolean prefilled = plan.rows().stream().anyMatch(row -> row.kind() == StepPlan.RowKind.PREFILL);
      for (Sequence sequence : scheduler.running()) {
        assertThat(sequence.displaced).isLessThanOrEqualTo(Growth.MAX_DISPLACED);
        boolean granted = sequence.beams == null ? once.contains(sequence.wire) : true;
        if (sequence.state() == SequenceState.DECODE) {
          assertThat(granted || sequence.issued == sequence.maxTokens).as("every running answer goes on").isTrue();
        } else if (sequence.state() == SequenceState.PREFILL) {
          assertThat(prefilled).as("some prefill goes on in every step").isTrue();
          assertThat(plan.step() - sequence.grantedAt).as("and each in its turn")
              .isLessThanOrEqualTo(Planning.STARVED + limits.maxRows() + 1L);
        }
      }
      if (plan.granted() < budget) {
        assertThat(scheduler.couldStart()).as("a generation waits although it would fit").isFalse();
      }
    }

    /** Who may have drafts, and that they leave room for prefill. */
    void checkDrafts(StepPlan plan) {
      int drafts = 0;
      for (StepPlan.Row row : plan.rows()) {
        if (row.kind() == StepPlan.RowKind.VERIFY) {
          drafts += row.count() - 1;
          Sequence sequence = scheduler.running().stream().filter(s -> s.wire == row.sequence()).findAny()
              .orElseThrow();
          assertThat(sequence.request.sampling()).as("only the likeliest id, as it is").isEqualTo(Sampling.GREEDY);
          assertThat(sequence.beams).isNull();
          assertThat(row.position() + row.count()).as("no draft beyond the answer's longest end")
              .isLessThanOrEqualTo(sequence.promptLength() + sequence.maxTokens);
          assertThat(sequence.reach()).isGreaterThanOrEqualTo(row.position() + row.count());
        }
      }
      assertThat(drafts).isLessThanOrEqualTo((limits.tokenBudget() - 1) / 2);
    }

    void arrive() {
      String tenant = "clinic-" + random.nextInt(4);
      SessionKey session = Fixtures.session(tenant, "s" + random.nextInt(20));
      if (busy.contains(session)) {
        return;
      }
      List<Run> prompt = new ArrayList<>(
          random.nextInt(4) == 0 ? List.of() : sessions.getOrDefault(session, List.of()));
      if (random.nextInt(3) == 0) {
        prompt.add(Fixtures.tokens(1 + random.nextInt(20), 5));
        prompt.add(new Run.Image(Fixtures.image(random.nextInt(6)), 4 + random.nextInt(2) * 4));
      }
      if (prompt.isEmpty() || random.nextInt(8) != 0) {
        prompt.add(Fixtures.tokens(1 + random.nextInt(40), random.nextInt(3)));
      }
      int maxTokens = 1 + random.nextInt(hasty ? 200 : 60);
      Positions positions = Positions.of(prompt);
      int width = random.nextInt(10) == 0 && limits.maxRows() > 1
          ? 2 + random.nextInt(Math.min(4, limits.maxRows() - 1))
          : 1;
      BeamSettings beams = width == 1
          ? null
          : new BeamSettings(width, new float[]{0, 1, 2, -1}[random.nextInt(4)],
              STOPPINGS.get(random.nextInt(3)));
      int part = width == 1 ? capacity : capacity / width / Extent.ALIGNMENT * Extent.ALIGNMENT;
      int limit = Math.min(CONTEXT, part);
      GenerationRequest request = new GenerationRequest(session, positions,
          random.nextInt(8) == 0 ? PENALISED : Sampling.GREEDY, maxTokens,
          new int[]{Fixtures.STOP}, List.of(), new int[0], beams,
          new Terms(Fixtures.CLASSES.get(random.nextInt(3)),
              random.nextInt(20) == 0 ? Duration.ofMillis(1 + random.nextInt(300)) : null));
      switch (scheduler.admit(request, now)) {
        case AdmitResult.Accepted accepted -> {
          int room = Math.min(maxTokens, limit - positions.length());
          List<Integer> answer = !text
              ? List.of()
              : beams == null
                  ? Fixtures.answer(prompt, room)
                  : Fixtures.beamAnswer(prompt, room, beams);
          searches += beams == null ? 0 : 1;
          wanted.put(accepted.id(), new Wanted(session, prompt, answer, new ArrayList<>(), now));
          busy.add(session);
          for (ImageHash image : accepted.absentImages()) {
            onTheirWay.putIfAbsent(new EmbeddingKey(session.tenant(), image),
                now + random.nextInt(20) * 1_000_000L);
          }
        }
        case AdmitResult.Overloaded overloaded -> {
          assertThat(overloaded.retryAfter()).isBetween(Duration.ofSeconds(1), Duration.ofHours(1));
        }
        case AdmitResult.TooLate late -> {
          assertThat(late.predicted()).isGreaterThan(late.limit());
          assertThat(late.retryAfter()).isBetween(Duration.ofSeconds(1), Duration.ofHours(1));
        }
        case AdmitResult.TooLong tooLong -> {
          assertThat(positions.length() + 1).isGreaterThan(tooLong.limit());
          sessions.remove(session);
        }
      }
    }

    void disturb() {
      if (hasty) {
        for (long id : wanted.keySet().stream().sorted().toList()) {
          int got = Objects.requireNonNull(wanted.get(id)).got().size();
          if (got > 0 && random.nextInt(25) == 0) {
            handle(List.of(scheduler.endAt(id, got - 1, now).orElseThrow()));
            scheduler.audit();
          }
        }
      }
      if (random.nextInt(40) == 0 && !wanted.isEmpty()) {
        List<Long> ids = wanted.keySet().stream().sorted().toList();
        long id = ids.get(random.nextInt(ids.size()));
        Wanted want = Objects.requireNonNull(wanted.get(id));
        SchedulerEvent ended = random.nextBoolean() || want.got().isEmpty()
            ? scheduler.cancel(id, now).orElseThrow()
            : scheduler.endAt(id, random.nextInt(want.got().size()), now).orElseThrow();
        handle(List.of(ended));
        scheduler.audit();
      }
      if (random.nextInt(60) == 0) {
        List<EmbeddingKey> held = replica.embeddings.stream()
            .sorted(java.util.Comparator.comparing(EmbeddingKey::toString)).toList();
        if (!held.isEmpty()) {
          replica.embeddings.remove(held.get(random.nextInt(held.size())));
        }
      }
      if (random.nextInt(400) == 0) {
        scheduler.rankLost();
        assertThat(scheduler.schedule(now)).isEmpty();
        plans.clear();
        epoch++;
        handle(scheduler.open(epoch, capacity, CONTEXT, now));
        Set<EmbeddingKey> kept = replica.embeddings;
        replica = new FakeReplica(epoch, capacity, text);
        replica.draftNanos = draftNanos;
        if (random.nextBoolean()) {
          replica.embeddings.addAll(kept);
        }
        scheduler.audit();
      }
    }

    void handle(List<SchedulerEvent> events) {
      for (SchedulerEvent event : events) {
        switch (event) {
          case SchedulerEvent.Token token -> {
            Wanted want = Objects.requireNonNull(wanted.get(token.generation()));
            assertThat(token.index()).isEqualTo(want.got().size());
            want.got().add(token.token());
            if (text) {
              assertThat(want.got()).isEqualTo(want.answer().subList(0, want.got().size()));
            }
          }
          case SchedulerEvent.Finished done -> {
            Wanted want = Objects.requireNonNull(wanted.remove(done.generation()));
            busy.remove(want.session());
            List<Run> known = done.outcome().known().runs();
            sessions.put(want.session(), known);
            cached += done.outcome().cachedTokens();
            if (done.reason() != FinishReason.CANCELLED && done.outcome().completionTokens() == want.got().size()) {
              if (text) {
                assertThat(want.got()).isEqualTo(want.answer());
              }
              complete++;
            }
          }
          case SchedulerEvent.Failed failed -> {
            assertThat(failed.cause()).isInstanceOfAny(SchedulerEvent.Cause.TooManyRestarts.class,
                SchedulerEvent.Cause.TimeOver.class);
            busy.remove(Objects.requireNonNull(wanted.remove(failed.generation())).session());
          }
          case SchedulerEvent.EmbeddingLost lost ->
            onTheirWay.putIfAbsent(lost.key(), now + random.nextInt(5) * 1_000_000L);
        }
      }
    }

    void drain() {
      for (int i = 0; i < 20_000 && !wanted.isEmpty(); i++) {
        step(false);
      }
      assertThat(wanted).as("every admitted generation ends").isEmpty();
      while (!plans.isEmpty()) {
        handle(scheduler.apply(replica.execute(plans.remove()), now));
      }
      SchedulerStats stats = scheduler.stats();
      assertThat(stats.queued()).isZero();
      assertThat(stats.running()).isZero();
      scheduler.audit();
    }
  }

  /** Lives through a world; a failure tells how to see it again. */
  private static World live(long seed, boolean text, int steps) {
    World world = new World(seed, text);
    try {
      for (int i = 0; i < steps; i++) {
        world.step(true);
      }
      world.drain();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(
          "world " + seed + "; again: mvn -pl scheduler -am test -Dtest=SchedulerRandomTest#oneWorld"
              + " -Dsurefire.failIfNoSpecifiedTests=false -Dclarion.random.seed=" + seed + " -Dclarion.random.text="
              + text,
          e);
    }
    return world;
  }

  @Test
  void oneWorld() {
    long seed = Long.getLong("clarion.random.seed", 1);
    assertThat(live(seed, Boolean.parseBoolean(System.getProperty("clarion.random.text", "true")), 2000).steps)
        .isPositive();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyAnswerIsTheModels(long seed) {
    int steps = 0;
    int complete = 0;
    int cached = 0;
    int searches = 0;
    long moves = 0;
    long evictions = 0;
    long copied = 0;
    long drafted = 0;
    long accepted = 0;
    long displaced = 0;
    for (int round = 0; round < 13; round++) {
      World world = live(seed * 1000 + round, true, 2000);
      steps += world.steps + world.emptySteps;
      complete += world.complete;
      searches += world.searches;
      cached += world.cached;
      moves += world.scheduler.stats().moves();
      evictions += world.scheduler.stats().evictions();
      copied += world.scheduler.stats().copiedPositions();
      drafted += world.scheduler.stats().drafted();
      accepted += world.scheduler.stats().accepted();
      displaced += world.scheduler.stats().displaced();
    }
    assertThat(steps).isGreaterThanOrEqualTo(26_000);
    assertThat(complete).isGreaterThan(1000);
    // About 400, as many as a seed's worlds have room for.
    assertThat(searches).isGreaterThan(200);
    assertThat(cached).as("positions that a sequence found computed").isGreaterThan(1000);
    assertThat(moves).isGreaterThan(1000);
    assertThat(evictions).isGreaterThan(1000);
    assertThat(copied).isGreaterThan(50_000);
    assertThat(displaced).as("sequences that lost their place to others").isGreaterThan(5);
    assertThat(accepted).as("of %d drafts", drafted).isGreaterThan(200);
    assertThat(drafted - accepted).as("refused of %d drafts", drafted).isGreaterThan(200);
  }

  @Test
  void aMillionSteps() {
    long wanted = Long.getLong("clarion.random.steps", 1_000_000);
    long steps = 0;
    for (long seed = 1_000_000; steps < wanted; seed++) {
      World world = live(seed, false, 2000);
      steps += world.steps + world.emptySteps;
    }
    assertThat(steps).isGreaterThanOrEqualTo(wanted);
  }

  @Test
  void sameSeedSamePlans() {
    assertThat(trace(42)).isEqualTo(trace(42));
  }

  private List<String> trace(long seed) {
    World world = new World(seed, true);
    List<String> trace = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      world.step(true);
      world.plans.forEach(plan -> trace.add(plan.rows().stream()
          .map(row -> row.sequence() + "/" + row.position() + "+" + row.count() + "@" + row.extent()).toList()
          .toString()));
    }
    return trace;
  }
}

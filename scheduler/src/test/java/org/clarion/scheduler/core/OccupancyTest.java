package org.clarion.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.SessionKey;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A replica with more work than memory, all the time, whose ranks are lost now and then: what runs fills the arena, and
 * nothing goes round in circles. Sequences lose their place only with the ranks, get it back within a bound, and what
 * is copied to make room stays small beside what is computed.
 */
class OccupancyTest {
  private static final int ARENA = 16_384;
  private static final int STEPS = 5000;
  private static final int LOST_EVERY = 1000;
  /** Steps to fill the arena, at the start and after a loss. */
  private static final int FILLING = 100;
  private static final int LONGEST_ANSWER = 200;
  /** What lost its place waits at most for the others' prompts and, if it finds the arena full, for an answer's end. */
  private static final int RESUME_BOUND = FILLING + LONGEST_ANSWER;

  private static final class Clinic {
    final Random random;
    final VirtualReplica replica;
    final Map<SessionKey, Positions> sessions = new HashMap<>();
    /** Answers end when they have the so-manieth part of what they may have. */
    final int overbooked;
    int seen;
    int names;
    long computed;

    Clinic(long seed, int overbooked) {
      random = new Random(seed);
      this.overbooked = overbooked;
      Duration patience = Duration.ofDays(1);
      replica = new VirtualReplica(new SchedulerLimits(512, 128, 256, 400, 400, 32, Duration.ofSeconds(60)),
          new SchedulerPolicy(Map.of(ClinicalClass.STAT, new SchedulerPolicy.OfClass(50, patience),
              ClinicalClass.ROUTINE, new SchedulerPolicy.OfClass(40, patience), ClinicalClass.BATCH,
              new SchedulerPolicy.OfClass(10, patience)), SchedulerPolicy.TenantWeights.EQUAL,
              SchedulerPolicy.DEFAULT.pace()),
          ARENA, load -> 2_000_000 + 20_000L * load.tokens());
    }

    /** Keeps a hundred waiting; every third goes on with a session that has ended. */
    void arrive() {
      for (; seen < replica.ended.size(); seen++) {
        VirtualReplica.Seen ended = replica.ended.get(seen);
        Positions known = ended.request.prompt().copy();
        for (int i = 0; i < ended.tokens; i++) {
          known.append(9);
        }
        sessions.put(ended.request.session(), known);
        computed += known.length();
      }
      while (replica.scheduler.stats().queued() < 100) {
        replica.ask(next());
      }
    }

    GenerationRequest next() {
      Run words = new Run.Tokens(random.ints(30 + random.nextInt(270), 3, Fixtures.VOCABULARY).toArray());
      int answer = overbooked * (20 + random.nextInt(LONGEST_ANSWER - 19));
      List<SessionKey> known = random.nextInt(3) == 0 ? List.copyOf(sessions.keySet()) : List.of();
      SessionKey session = known.isEmpty()
          ? Fixtures.session("clinic-" + random.nextInt(10), "s" + names++)
          : known.stream().skip(random.nextInt(known.size())).findFirst().orElseThrow();
      Positions prompt = known.isEmpty() ? new Positions() : Objects.requireNonNull(sessions.remove(session));
      if (prompt.length() > 800) {
        prompt = new Positions();
      }
      prompt.append(words);
      return Fixtures.request(session, prompt, answer).under(new Terms(Fixtures.CLASSES.get(random.nextInt(3)), null));
    }

    /** Ends the answers that have said all: some a fifth of what they mostly say, some nearly twice as much. */
    void stop() {
      List.copyOf(replica.open.entrySet()).stream().filter(one -> {
        int mostly = one.getValue().request.maxTokens() / overbooked;
        return one.getValue().tokens >= mostly * (0.2 + new Random(one.getKey()).nextInt(17) / 10.0);
      }).forEach(one -> replica.enough(one.getKey()));
    }

    int running() {
      return replica.scheduler.running().stream().mapToInt(s -> Objects.requireNonNull(s.extent).length()).sum();
    }

    long preempted() {
      return replica.open.keySet().stream()
          .filter(id -> replica.scheduler.state(id).filter(s -> s == SequenceState.PREEMPTED).isPresent()).count();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void memoryIsFullAndNothingGoesRoundInCircles(long seed) {
    Clinic clinic = new Clinic(seed, 1);
    Scheduler scheduler = clinic.replica.scheduler;
    long occupied = 0;
    long measured = 0;
    long lost = 0;
    int lastEnd = 0;
    int ended = 0;
    int idle = 0;
    int longestResume = 0;
    for (int step = 0; step < STEPS; step++) {
      clinic.arrive();
      if (step % LOST_EVERY == LOST_EVERY - 1) {
        lost += scheduler.running().size();
        clinic.replica.reopen();
      }
      assertThat(clinic.replica.step()).isTrue();
      scheduler.audit();
      int since = (step + 1) % LOST_EVERY;
      if (clinic.preempted() > 0) {
        longestResume = Math.max(longestResume, since);
      }
      if (since > FILLING) {
        occupied += clinic.running();
        measured += ARENA;
      }
      if (clinic.replica.ended.size() > ended) {
        ended = clinic.replica.ended.size();
        lastEnd = step;
      }
      idle = Math.max(idle, step - lastEnd);
    }
    SchedulerStats stats = scheduler.stats();
    assertThat((double) occupied / measured).as("memory of what runs").isGreaterThan(0.9);
    assertThat(stats.preemptions()).as("nothing loses its place for lack of memory").isEqualTo(lost);
    assertThat(longestResume).isLessThanOrEqualTo(RESUME_BOUND);
    assertThat(idle).as("some answer ends").isLessThanOrEqualTo(RESUME_BOUND);
    assertThat(stats.copiedPositions() / Compaction.COMPUTED).as("copies, in positions computed")
        .isLessThan(clinic.computed / 10.0);
    assertThat(clinic.replica.ended).allSatisfy(seen -> assertThat(seen.cause).isNull());
  }

  /**
   * Answers that mostly have all, a half, a quarter or an eighth of the tokens that they may have, give or take four
   * fifths: what is booked is what they need, and hardly anybody loses its place for it.
   */
  @ParameterizedTest
  @CsvSource({"1, 0.6", "2, 0.5", "4, 0.5", "8, 0.5"})
  void roomIsBookedForWhatAnswersNeed(int overbooked, double least) {
    Clinic clinic = new Clinic(1, overbooked);
    long held = 0;
    long booked = 0;
    for (int step = 0; step < 2000; step++) {
      clinic.arrive();
      assertThat(clinic.replica.step()).isTrue();
      clinic.replica.scheduler.audit();
      clinic.stop();
      if (step > FILLING) {
        held += clinic.replica.scheduler.running().stream().mapToInt(sequence -> sequence.computed).sum();
        booked += clinic.running();
      }
    }
    assertThat((double) held / booked).isGreaterThan(least);
  }
}

package org.clarion.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReturnModelTest {
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  @Test
  void likelihoodFallsWithIdleTimeAndRisesWithTurns() {
    ReturnModel model = new ReturnModel();
    assertThat(model.likelihood(1, 0)).isGreaterThan(model.likelihood(1, MINUTE));
    assertThat(model.likelihood(3, MINUTE)).isGreaterThan(model.likelihood(1, MINUTE));
    assertThat(model.likelihood(1, 600 * MINUTE)).isLessThan(1e-6);
  }

  @Test
  void learnsWhoComesBackAndWhen() {
    ReturnModel model = new ReturnModel();
    Random random = new Random(5);
    for (int i = 0; i < 3000; i++) {
      if (random.nextInt(10) == 0) {
        model.returned(1, (long) (-Math.log(1 - random.nextDouble()) * 4 * MINUTE));
      } else {
        model.givenUp(1, 40 * MINUTE);
      }
    }
    assertThat(model.likelihood(1, 0)).isBetween(0.07, 0.14);
    double odds = model.likelihood(1, 4 * MINUTE) / (1 - model.likelihood(1, 4 * MINUTE));
    double before = model.likelihood(1, 0) / (1 - model.likelihood(1, 0));
    assertThat(odds / before).as("one mean later").isBetween(0.3, 0.45);
  }

  private record Visit(long at, int session, int turn, int computed, int length) {}

  private record Held(int session, int turn, int computed, int length, long since) {}

  /**
   * Most sessions of the trace ask once, some go on for several turns: positions that follow-ups find parked, by value
   * and by last use.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void keepsMoreThanLastUseDoes(long seed) {
    List<Visit> trace = trace(seed);
    long byValue = saved(trace, true);
    long byLastUse = saved(trace, false);
    assertThat(byValue).as("against %d by last use", byLastUse).isGreaterThan(byLastUse * 21 / 20);
  }

  private static List<Visit> trace(long seed) {
    Random random = new Random(seed);
    List<Visit> trace = new ArrayList<>();
    long start = 0;
    for (int session = 0; session < 6000; session++) {
      start += (long) (-Math.log(1 - random.nextDouble()) * MINUTE / 12);
      long at = start;
      int computed = 100 + random.nextInt(400);
      for (int turn = 1;; turn++) {
        trace.add(new Visit(at, session, turn, computed, computed));
        if (random.nextDouble() > (turn == 1 ? 0.25 : 0.85)) {
          break;
        }
        at += (long) (-Math.log(1 - random.nextDouble()) * 3 * MINUTE);
        computed += 40 + random.nextInt(80);
      }
    }
    trace.sort(Comparator.comparingLong(Visit::at));
    return trace;
  }

  private static long saved(List<Visit> trace, boolean byValue) {
    ReturnModel model = new ReturnModel();
    Map<Integer, Held> held = new HashMap<>();
    int room = 8000;
    long saved = 0;
    for (Visit visit : trace) {
      Held before = held.remove(visit.session());
      if (before != null) {
        saved += before.computed();
        room += before.length();
        model.returned(before.turn(), visit.at() - before.since());
      }
      PriorityQueue<Held> victims = new PriorityQueue<>(byValue
          ? Comparator.comparingDouble(h -> model.likelihood(h.turn(), visit.at() - h.since()))
          : Comparator.comparingLong(Held::since));
      victims.addAll(held.values());
      while (room < visit.length()) {
        Held victim = victims.remove();
        held.remove(victim.session());
        room += victim.length();
        model.givenUp(victim.turn(), visit.at() - victim.since());
      }
      room -= visit.length();
      held.put(visit.session(), new Held(visit.session(), visit.turn(), visit.computed(), visit.length(), visit.at()));
    }
    return saved;
  }
}

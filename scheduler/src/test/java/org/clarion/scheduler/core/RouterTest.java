package org.clarion.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.core.Router.Candidate;
import org.junit.jupiter.api.Test;

class RouterTest {
  private static final Router ROUTER = new Router(32, 64, 100);

  @Test
  void takesTheOneWithTheLeastWorkBefore() {
    assertThat(ROUTER.choose(session(1), List.of(at(0, 200, 0, 0), at(1, 200, 3, 0), at(2, 20, 0, 300)))).contains(0);
    assertThat(ROUTER.choose(session(1), List.of(at(0, 200, 0, 0), at(1, 10, 3, 0)))).contains(1);
  }

  @Test
  void anEmbeddingInPlaceCounts() {
    Candidate near = new Candidate(new ReplicaId("near"), true, false, 200, 1, 0, true);
    assertThat(ROUTER.choose(session(1), List.of(at(0, 200, 0, 0), near))).contains(1);
  }

  @Test
  void aSessionStaysOnlyWithinTheSlack() {
    Candidate own = new Candidate(new ReplicaId("own"), true, true, 100, 0, 199, false);
    assertThat(ROUTER.choose(session(1), List.of(at(0, 199, 0, 0), own))).contains(1);
    assertThat(ROUTER.choose(session(1), List.of(at(0, 198, 0, 0), own))).contains(0);
  }

  @Test
  void oneWithoutProgressIsNotChosen() {
    Candidate hung = new Candidate(new ReplicaId("hung"), false, true, 0, 0, 0, true);
    assertThat(ROUTER.choose(session(1), List.of(hung, at(1, 5000, 9, 9000)))).contains(1);
    assertThat(ROUTER.choose(session(1), List.of(hung))).isEmpty();
  }

  @Test
  void aReplicaThatLeavesTakesOnlyItsOwnSessions() {
    List<Candidate> all = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      all.add(at(i, 100, 0, 0));
    }
    List<Candidate> fewer = new ArrayList<>(all);
    Candidate gone = fewer.remove(4);
    Map<ReplicaId, Integer> sessions = new HashMap<>();
    for (int s = 0; s < 2000; s++) {
      Candidate before = all.get(ROUTER.choose(session(s), all).orElseThrow());
      Candidate after = fewer.get(ROUTER.choose(session(s), fewer).orElseThrow());
      sessions.merge(before.replica(), 1, Integer::sum);
      if (!before.equals(gone)) {
        assertThat(after).isEqualTo(before);
      }
    }
    assertThat(sessions).hasSize(10);
    assertThat(sessions.values()).allMatch(count -> count > 130 && count < 280);
  }

  @Test
  void loadsDifferByNoMoreThanSlackAndAPrompt() {
    Random random = new Random(11);
    long[] load = new long[8];
    int[] owner = new int[60];
    Arrays.fill(owner, -1);
    for (int step = 0; step < 20_000; step++) {
      int session = random.nextInt(owner.length);
      int prompt = 1 + random.nextInt(400);
      List<Candidate> candidates = new ArrayList<>();
      for (int i = 0; i < load.length; i++) {
        candidates.add(new Candidate(new ReplicaId("r" + i), true, owner[session] == i, prompt, 0, load[i], false));
      }
      int chosen = ROUTER.choose(session(session), candidates).orElseThrow();
      load[chosen] += prompt;
      owner[session] = chosen;
      long least = Arrays.stream(load).min().orElseThrow();
      assertThat(load[chosen]).isLessThanOrEqualTo(least + ROUTER.slack() + 400);
    }
  }

  private static SessionKey session(int number) {
    return Fixtures.session("clinic", "s" + number);
  }

  private static Candidate at(int number, int uncached, int active, long queued) {
    return new Candidate(new ReplicaId("r" + number), true, false, uncached, active, queued, false);
  }
}

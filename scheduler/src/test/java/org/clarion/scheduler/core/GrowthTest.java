package org.clarion.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Answers that become longer than was booked for them, in an arena that has no room for all. */
class GrowthTest {
  private static final int ARENA = 1024;
  private static final int LONGEST = 400;

  /** A replica that has learned that answers are short. */
  private static VirtualReplica replica() {
    VirtualReplica replica = new VirtualReplica(
        new SchedulerLimits(256, 128, 8, 64, 64, 32, Duration.ofSeconds(60)), SchedulerPolicy.DEFAULT, ARENA,
        load -> 1_000_000 + 10_000L * load.tokens());
    for (int i = 0; i < 200; i++) {
      long id = ask(replica, ClinicalClass.ROUTINE, 16);
      while (Objects.requireNonNull(replica.open.get(id)).tokens < 4) {
        replica.step();
      }
      replica.enough(id);
    }
    replica.scheduler.audit();
    return replica;
  }

  private static long ask(VirtualReplica replica, ClinicalClass clinical, int prompt) {
    AdmitResult result = replica.ask("clinic", clinical, prompt, LONGEST);
    assertThat(result).isInstanceOf(AdmitResult.Accepted.class);
    return ((AdmitResult.Accepted) result).id();
  }

  private static Set<Long> running(VirtualReplica replica) {
    return replica.scheduler.running().stream().map(sequence -> sequence.id).collect(Collectors.toSet());
  }

  /** Steps until somebody has lost its place, and says who. */
  private static Set<Long> firstDisplaced(VirtualReplica replica, List<Long> all) {
    long before = replica.scheduler.stats().displaced();
    while (replica.scheduler.stats().displaced() == before) {
      assertThat(replica.step()).isTrue();
      replica.scheduler.audit();
    }
    return all.stream().filter(id -> !running(replica).contains(id)).collect(Collectors.toSet());
  }

  @Test
  void moreRunThanWouldHaveRoomUntilTheirLongestEnd() {
    VirtualReplica replica = replica();
    for (int i = 0; i < 6; i++) {
      ask(replica, ClinicalClass.ROUTINE, 60);
    }
    for (int i = 0; i < 5; i++) {
      replica.step();
    }
    assertThat(running(replica)).as("each may come to 460 of %d positions", ARENA).hasSize(6);
  }

  @Test
  void whoWastesLeastLosesItsPlace() {
    VirtualReplica replica = replica();
    long large = ask(replica, ClinicalClass.ROUTINE, 240);
    long small = ask(replica, ClinicalClass.ROUTINE, 80);
    long middle = ask(replica, ClinicalClass.ROUTINE, 160);
    assertThat(firstDisplaced(replica, List.of(large, small, middle))).containsExactly(small);
  }

  @Test
  void theLowestClassLosesItsPlaceFirst() {
    VirtualReplica replica = replica();
    long stat = ask(replica, ClinicalClass.STAT, 80);
    long batch = ask(replica, ClinicalClass.BATCH, 240);
    long routine = ask(replica, ClinicalClass.ROUTINE, 160);
    assertThat(firstDisplaced(replica, List.of(stat, batch, routine))).containsExactly(batch);
  }

  @Test
  void nobodyLosesItsPlaceWithoutEnd() {
    VirtualReplica replica = replica();
    long batch = ask(replica, ClinicalClass.BATCH, 80);
    replica.step();
    Sequence victim = replica.scheduler.running().getFirst();
    while (replica.open.containsKey(batch)) {
      if (replica.open.size() < 5) {
        ask(replica, ClinicalClass.ROUTINE, 60);
      }
      assertThat(replica.step()).isTrue();
      assertThat(victim.displaced).isLessThanOrEqualTo(Growth.MAX_DISPLACED);
    }
    assertThat(victim.displaced).as("others always have something to push it away for").isEqualTo(Growth.MAX_DISPLACED);
  }

  @Test
  void allComeToTheirEnd() {
    VirtualReplica replica = replica();
    int before = replica.ended.size();
    for (int i = 0; i < 12; i++) {
      ask(replica, Fixtures.CLASSES.get(i % 3), 40 + 20 * i);
    }
    while (replica.step()) {
      replica.scheduler.audit();
      assertThat(replica.scheduler.running()).allMatch(sequence -> sequence.displaced <= Growth.MAX_DISPLACED);
    }
    List<VirtualReplica.Seen> ended = replica.ended.subList(before, replica.ended.size());
    assertThat(ended).hasSize(12).allMatch(seen -> seen.cause == null && seen.tokens == LONGEST);
    assertThat(replica.scheduler.stats().displaced()).isPositive();
  }
}

package org.clarion.scheduler.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.clarion.scheduler.api.Lease;
import org.clarion.scheduler.api.LeaseTable.Answer;
import org.clarion.scheduler.api.OwnerId;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.cluster.LeaseHold.Change;
import org.clarion.scheduler.cluster.LeaseHold.Request;
import org.junit.jupiter.api.Test;

class LeaseHoldTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final ReplicaId REPLICA = new ReplicaId("r");

  private final LeaseHold hold = new LeaseHold(REPLICA, Duration.ofSeconds(2));

  @Test
  void whoWaitsTakesWhatStoodStillByItsOwnClockWhateverTheWallClockSays() {
    refused(0, 1_000, lease("other", 9, 1));
    refused(SECOND, 9_999_999, lease("other", 9, 2));
    refused(2 * SECOND, 0, lease("other", 9, 2));
    assertThat(hold.ask(3 * SECOND - 1, 50)).as("it was renewed less than two seconds ago")
        .isEqualTo(new Request.Acquire(epoch(0, 50), null));
    assertThat(hold.ask(3 * SECOND, 50)).isEqualTo(new Request.Acquire(epoch(0, 50), lease("other", 9, 2)));
  }

  @Test
  void aWantedEpochIsAskedForUntilItIsThere() {
    grant(0, lease("me", 5, 1));
    assertThat(hold.ask(1, 0)).isEqualTo(new Request.Renew(lease("me", 5, 1)));
    hold.raise(70_000);
    Request asked = hold.ask(2, 0);
    assertThat(asked).isEqualTo(new Request.Acquire(epoch(70_000, 0), null));
    assertThat(hold.unanswered(3)).isEqualTo(Change.NONE);
    assertThat(hold.ask(4, 0)).isEqualTo(asked);
    assertThat(hold.answered(asked, new Answer.Granted(lease("me", epoch(70_000, 0), 2)))).isEqualTo(Change.GRANTED);
    assertThat(hold.ask(5, 0)).isInstanceOf(Request.Renew.class);
  }

  @Test
  void epochsRiseWithTheClockAndAreNeverTheSameAtTwoReplicas() {
    assertThat(epoch(0, 1_000)).isGreaterThan(epoch(0, 999)).isGreaterThan(1_000);
    assertThat(epoch(epoch(0, 1_000), 0)).isGreaterThan(epoch(0, 1_000));
    for (long above = 0; above < 10_000; above++) {
      assertThat(LeaseRule.epochAbove("r-0", above, 0)).isGreaterThan(above)
          .isNotEqualTo(LeaseRule.epochAbove("r-1", above, 0));
    }
  }

  @Test
  void withoutAnswersALeaseEndsADurationAfterItWasAskedForLast() {
    grant(SECOND, lease("me", 5, 1));
    assertThat(hold.unanswered(2 * SECOND)).isEqualTo(Change.NONE);
    assertThat(hold.unanswered(3 * SECOND)).isEqualTo(Change.LOST);
    assertThat(hold.unanswered(4 * SECOND)).as("told once").isEqualTo(Change.NONE);
  }

  private static long epoch(long above, long millis) {
    return LeaseRule.epochAbove(REPLICA.value(), above, millis);
  }

  private void grant(long nanos, Lease lease) {
    assertThat(hold.answered(hold.ask(nanos, 0), new Answer.Granted(lease))).isEqualTo(Change.GRANTED);
  }

  private void refused(long nanos, long wall, Lease holder) {
    Request request = hold.ask(nanos, wall);
    assertThat(request).isEqualTo(new Request.Acquire(epoch(0, wall), null));
    assertThat(hold.answered(request, new Answer.Refused(Optional.of(holder)))).isEqualTo(Change.NONE);
  }

  private static Lease lease(String owner, long epoch, long beat) {
    return new Lease(REPLICA, new OwnerId(owner), epoch, beat);
  }
}

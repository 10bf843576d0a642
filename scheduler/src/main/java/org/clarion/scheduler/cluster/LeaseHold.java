package org.clarion.scheduler.cluster;

import java.time.Duration;
import org.clarion.scheduler.api.Lease;
import org.clarion.scheduler.api.LeaseTable;
import org.clarion.scheduler.api.ReplicaId;
import org.jspecify.annotations.Nullable;

/**
 * What one scheduler asks of the lease table next, and what it makes of the answers. It knows no thread and no clock:
 * nanoseconds are the caller's monotonic clock. One request at a time; not thread-safe.
 */
public final class LeaseHold {
  /** Of a lease's duration; who holds one asks three times before others may take it. */
  private static final int RENEWALS = 3;
  /** Who waits looks more often: a lease is taken at most so much later than it could be. */
  private static final int LOOKS = 8;

  /** What to ask the table. */
  public sealed interface Request {
    record Acquire(long leastEpoch, @Nullable Lease overdue) implements Request {}

    record Renew(Lease lease) implements Request {}
  }

  /** What became of the ownership. */
  public enum Change {
    NONE, GRANTED, LOST
  }

  private final ReplicaId replica;
  private final Duration duration;
  private final LeaseWatch watch;
  private @Nullable Lease lease;
  private long askedAt;
  private long grantedAt;
  private boolean raises;
  private long above;

  /** Holds nothing. */
  public LeaseHold(ReplicaId replica, Duration duration) {
    this.replica = replica;
    this.duration = duration;
    watch = new LeaseWatch(duration);
  }

  /** Null while the replica is not ours, as far as we know. */
  public @Nullable Lease lease() {
    return lease;
  }

  /** The next request shall give a new epoch, greater than this one. */
  public void raise(long epoch) {
    raises = true;
    above = Math.max(above, epoch);
  }

  /**
   * What to ask now.
   *
   * @param wallMillis
   *          of the wall clock; epochs follow it where it is ahead of them
   */
  public Request ask(long nanos, long wallMillis) {
    askedAt = nanos;
    Lease held = lease;
    if (held != null && !raises) {
      return new Request.Renew(held);
    }
    return new Request.Acquire(LeaseRule.epochAbove(replica.value(), above, wallMillis), watch.overdue(nanos));
  }

  /** The table's answer. */
  public Change answered(Request request, LeaseTable.Answer answer) {
    return switch (answer) {
      case LeaseTable.Answer.Granted granted -> {
        lease = granted.lease();
        grantedAt = askedAt;
        boolean renewed = request instanceof Request.Renew;
        raises &= renewed || granted.lease().epoch() <= above;
        yield renewed ? Change.NONE : Change.GRANTED;
      }
      case LeaseTable.Answer.Refused refused -> {
        watch.see(refused.holder(), askedAt);
        raises = false;
        yield drop();
      }
    };
  }

  /** The table did not answer: the lease counts as long as nobody else can have seen it stand still for long. */
  public Change unanswered(long nanos) {
    return lease != null && nanos - grantedAt >= duration.toNanos() ? drop() : Change.NONE;
  }

  /** Gives up what is held, if anything. */
  public Change drop() {
    Change change = lease == null ? Change.NONE : Change.LOST;
    lease = null;
    return change;
  }

  /** How long to wait before the next request. */
  public Duration pause() {
    return duration.dividedBy(lease == null ? LOOKS : RENEWALS);
  }
}

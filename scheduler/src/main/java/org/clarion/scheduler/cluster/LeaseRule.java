package org.clarion.scheduler.cluster;

/**
 * How leases change hands: the one rule that every {@code LeaseTable} applies. Pure; times are milliseconds since 1970.
 * <p>
 * A new epoch is the larger of the last one plus one and the caller's time. So it rises even after the whole table was
 * lost, when ranks still remember the epochs of before.
 */
public final class LeaseRule {
  private LeaseRule() {}

  /**
   * What is kept of a replica, for ever.
   *
   * @param owner
   *          empty after a release
   */
  public record State(String owner, long epoch, long until) {
    /** The state of a replica that nobody ever owned. */
    public static final State NONE = new State("", 0, 0);

    /** The state after {@code candidate} asked for a lease; it got one if it is the owner then. */
    public State acquire(String candidate, long now, long duration) {
      boolean free = owner.isEmpty() || owner.equals(candidate) || now >= until;
      return free ? new State(candidate, Math.max(epoch + 1, now), Math.addExact(now, duration)) : this;
    }

    /** The state after the holder of {@code heldEpoch} asked for more time. */
    public State renew(String holder, long heldEpoch, long now, long duration) {
      return isHeld(holder, heldEpoch)
          ? new State(owner, epoch, Math.max(until, Math.addExact(now, duration)))
          : this;
    }

    /** The state after the holder of {@code heldEpoch} gave the lease back. */
    public State release(String holder, long heldEpoch) {
      return isHeld(holder, heldEpoch) ? new State("", epoch, 0) : this;
    }

    /** Whether this is the lease of that holder and epoch, in force or run out. */
    public boolean isHeld(String holder, long heldEpoch) {
      return owner.equals(holder) && epoch == heldEpoch;
    }
  }
}

package org.clarion.scheduler.cluster;

/**
 * How leases change hands: the one rule that every {@code LeaseTable} applies. Pure, and without time: a lease is taken
 * from its owner by whoever watched it stand still ({@link LeaseWatch}).
 */
public final class LeaseRule {
  /** No lease has this beat. */
  public static final long NO_BEAT = -1;

  /** Epochs of one replica lie so far apart at least. */
  private static final int STRIDE_BITS = 12;
  private static final long STRIDE = 1L << STRIDE_BITS;

  private LeaseRule() {}

  /**
   * The first epoch of a replica that is above another and not before a time. Epochs of two replicas are never the same
   * (but where their names have the same {@value #STRIDE_BITS} bits of hash): a generation that moves from one to the
   * other could else be written by both.
   *
   * @param millis
   *          of the wall clock, so that epochs rise even after the whole table was lost, when ranks still remember the
   *          epochs of before
   */
  static long epochAbove(String replica, long above, long millis) {
    long floor = Math.max(above, millis << STRIDE_BITS);
    return floor + STRIDE - Math.floorMod(floor - replica.hashCode(), STRIDE);
  }

  /**
   * What is kept of a replica, for ever.
   *
   * @param owner
   *          empty after a release
   * @param beat
   *          counts grants and renewals
   */
  public record State(String owner, long epoch, long beat) {
    /** The state of a replica that nobody ever owned. */
    public static final State NONE = new State("", 0, 0);

    /**
     * The state after {@code candidate} asked for a lease; it got one if it is the owner then.
     *
     * @param leastEpoch
     *          the new epoch is not below: one of {@link #epochAbove}
     * @param overdueEpoch
     *          of the lease that the candidate saw stand still
     * @param overdueBeat
     *          of that lease
     */
    public State acquire(String candidate, long leastEpoch, long overdueEpoch, long overdueBeat) {
      boolean free = owner.isEmpty() || owner.equals(candidate) || (epoch == overdueEpoch && beat == overdueBeat);
      return free ? new State(candidate, Math.max(epoch + STRIDE, leastEpoch), beat + 1) : this;
    }

    /** The state after the holder of {@code heldEpoch} asked for more time. */
    public State renew(String holder, long heldEpoch) {
      return isHeld(holder, heldEpoch) ? new State(owner, epoch, beat + 1) : this;
    }

    /** The state after the holder of {@code heldEpoch} gave the lease back. */
    public State release(String holder, long heldEpoch) {
      return isHeld(holder, heldEpoch) ? new State("", epoch, beat + 1) : this;
    }

    /** Whether this is the lease of that holder and epoch, in force or overdue. */
    public boolean isHeld(String holder, long heldEpoch) {
      return owner.equals(holder) && epoch == heldEpoch;
    }
  }
}

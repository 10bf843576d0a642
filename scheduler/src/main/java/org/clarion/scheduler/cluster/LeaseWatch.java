package org.clarion.scheduler.cluster;

import java.time.Duration;
import java.util.Optional;
import org.clarion.scheduler.api.Lease;
import org.jspecify.annotations.Nullable;

/**
 * Watches another's lease on one replica: it is overdue when it was seen, and seen unchanged a lease's duration later,
 * by the watcher's own monotonic clock. So clocks may differ and jump as they like; only their pace counts.
 * Thread-safe.
 */
public final class LeaseWatch {
  private final long duration;
  private @Nullable Lease seen;
  private long since;

  /** Nothing seen yet. */
  public LeaseWatch(Duration duration) {
    this.duration = duration.toNanos();
  }

  /**
   * The newest lease as it is now.
   *
   * @param nanos
   *          of the watcher's monotonic clock, when the lease was asked for
   */
  public synchronized void see(Optional<Lease> newest, long nanos) {
    Lease now = newest.orElse(null);
    if (now == null || seen == null || !now.unchanged(seen)) {
      seen = now;
      since = nanos;
    }
  }

  /** The lease that has stood still for its duration; null while there is none. */
  public synchronized @Nullable Lease overdue(long nanos) {
    return seen != null && nanos - since >= duration ? seen : null;
  }
}

package org.clarion.scheduler.app;

import java.time.Duration;
import java.time.InstantSource;
import org.clarion.scheduler.api.ClusterUnavailableException;
import org.clarion.scheduler.api.Lease;
import org.clarion.scheduler.api.LeaseTable;
import org.clarion.scheduler.api.OwnerId;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.cluster.LeaseHold;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets a replica's lease as soon as nobody prolongs it and prolongs it then, on a thread of its own; what is asked when
 * is {@link LeaseHold}'s. Thread-safe; the listener is called by the keeper's thread.
 */
final class LeaseKeeper implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LeaseKeeper.class);

  /** Told of ownership; must not wait for long. */
  interface Listener {
    /** The replica is ours under this epoch, for the first time or anew. */
    void granted(Lease lease);

    /** The replica is not ours any more. */
    void lost();
  }

  /** Whose lease on what, for how long. */
  record Claim(ReplicaId replica, OwnerId owner, Duration duration) {}

  private final LeaseTable table;
  private final Claim claim;
  private final InstantSource clock;
  private final Listener listener;
  private final Object lock = new Object();
  private final Thread thread;
  private final LeaseHold hold;
  private boolean epochWanted;
  private long above;
  private boolean closed;

  /** Not started yet. */
  LeaseKeeper(LeaseTable table, Claim claim, InstantSource clock, Listener listener) {
    this.table = table;
    this.claim = claim;
    this.clock = clock;
    this.listener = listener;
    hold = new LeaseHold(claim.replica(), claim.duration());
    thread = Thread.ofPlatform().daemon().name("lease-" + claim.replica()).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Asks for the lease again, under a higher epoch that is greater than this one too. Returns at once. */
  void wantEpoch(long epoch) {
    synchronized (lock) {
      epochWanted = true;
      above = Math.max(above, epoch);
      lock.notifyAll();
    }
  }

  private void run() {
    boolean again = true;
    while (again) {
      synchronized (lock) {
        if (epochWanted) {
          hold.raise(above);
        }
        epochWanted = false;
      }
      try {
        LeaseHold.Request request = hold.ask(System.nanoTime(), clock.millis());
        tell(hold.answered(request, ask(request)));
      } catch (ClusterUnavailableException e) {
        log.warn("the lease on {} cannot be asked for: {}", claim.replica(), e.getMessage());
        tell(hold.unanswered(System.nanoTime()));
      } catch (RuntimeException e) {
        log.error("the lease on {} cannot be kept: {}", claim.replica(), e.getClass().getName());
        tell(hold.drop());
      }
      again = pause();
    }
  }

  private LeaseTable.Answer ask(LeaseHold.Request request) {
    return switch (request) {
      case LeaseHold.Request.Renew renew -> table.renew(renew.lease());
      case LeaseHold.Request.Acquire acquire ->
        table.acquire(claim.replica(), claim.owner(), acquire.leastEpoch(), acquire.overdue());
    };
  }

  private void tell(LeaseHold.Change change) {
    Lease held = hold.lease();
    if (change == LeaseHold.Change.GRANTED && held != null) {
      log.info("{} owns {} with epoch {}", claim.owner(), claim.replica(), held.epoch());
      listener.granted(held);
    } else if (change == LeaseHold.Change.LOST) {
      log.warn("{} no longer owns {}", claim.owner(), claim.replica());
      listener.lost();
    }
  }

  /** False when closed. A wish for an epoch that came meanwhile ends the pause. */
  private boolean pause() {
    synchronized (lock) {
      try {
        long end = System.nanoTime() + hold.pause().toNanos();
        long left = end - System.nanoTime();
        while (!closed && !epochWanted && left > 0) {
          lock.wait(Math.max(1, left / 1_000_000));
          left = end - System.nanoTime();
        }
      } catch (InterruptedException e) {
        closed = true;
        Thread.currentThread().interrupt();
      }
      return !closed;
    }
  }

  /** Frees the replica for others. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    try {
      thread.join(claim.duration());
      Lease held = hold.lease();
      if (held != null && !thread.isAlive()) {
        table.release(held);
      }
    } catch (ClusterUnavailableException e) {
      log.warn("the lease on {} was not released and runs out: {}", claim.replica(), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

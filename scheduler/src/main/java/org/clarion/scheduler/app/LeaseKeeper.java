package org.clarion.scheduler.app;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.clarion.scheduler.api.ClusterUnavailableException;
import org.clarion.scheduler.api.Lease;
import org.clarion.scheduler.api.LeaseTable;
import org.clarion.scheduler.api.OwnerId;
import org.clarion.scheduler.api.ReplicaId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets a replica's lease as soon as nobody holds it and prolongs it three times as often as it would run out.
 * Thread-safe; the listener is called by the keeper's thread.
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
  private @Nullable Lease lease;
  private boolean epochWanted;
  private boolean closed;

  /** Not started yet. */
  LeaseKeeper(LeaseTable table, Claim claim, InstantSource clock, Listener listener) {
    this.table = table;
    this.claim = claim;
    this.clock = clock;
    this.listener = listener;
    thread = Thread.ofPlatform().daemon().name("lease-" + claim.replica()).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Asks for the lease again, which raises its epoch. Returns at once. */
  void wantEpoch() {
    synchronized (lock) {
      epochWanted = true;
      lock.notifyAll();
    }
  }

  private void run() {
    boolean again = true;
    boolean raise = false;
    while (again) {
      synchronized (lock) {
        raise |= epochWanted;
        epochWanted = false;
      }
      try {
        step(raise);
        raise = false;
      } catch (ClusterUnavailableException e) {
        log.warn("the lease on {} cannot be asked for: {}", claim.replica(), e.getMessage());
        Lease held = lease;
        if (held != null && !held.heldAt(clock.instant())) {
          drop();
        }
      } catch (RuntimeException e) {
        log.error("the lease on {} cannot be kept: {}", claim.replica(), e.getClass().getName());
        drop();
      }
      again = pause();
    }
  }

  private void step(boolean raise) {
    Lease held = lease;
    Instant now = clock.instant();
    boolean renews = held != null && !raise;
    LeaseTable.Answer answer = held != null && renews
        ? table.renew(held, now, claim.duration())
        : table.acquire(claim.replica(), claim.owner(), now, claim.duration());
    switch (answer) {
      case LeaseTable.Answer.Granted granted -> {
        lease = granted.lease();
        if (!renews) {
          log.info("{} owns {} with epoch {}", claim.owner(), claim.replica(), granted.lease().epoch());
          listener.granted(granted.lease());
        }
      }
      case LeaseTable.Answer.Refused _ -> drop();
    }
  }

  private void drop() {
    if (lease != null) {
      lease = null;
      log.warn("{} no longer owns {}", claim.owner(), claim.replica());
      listener.lost();
    }
  }

  /** False when closed. A wish for an epoch that came meanwhile ends the pause. */
  private boolean pause() {
    synchronized (lock) {
      try {
        long end = System.nanoTime() + claim.duration().toNanos() / 3;
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
      Lease held = lease;
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

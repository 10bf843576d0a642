package org.clarion.llm.exec;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.CollectiveException;
import org.clarion.engine.collective.Collectives;
import org.jspecify.annotations.Nullable;

/**
 * Where the rank threads of one process form a group: the newest epoch's ranks wait here for each other. A rank that
 * comes with a newer epoch, or a second time, starts a new round; whoever waits in an older one gives up.
 */
final class ThreadMeeting {
  private static final class Round {
    private final long epoch;
    private final List<Collective> ends;
    private final Set<Integer> present = new HashSet<>();

    private Round(long epoch, List<Collective> ends) {
      this.epoch = epoch;
      this.ends = ends;
    }
  }

  private final int size;
  private final Duration deadline;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private @Nullable Round round;

  ThreadMeeting(int size, Duration deadline) {
    this.size = size;
    this.deadline = deadline;
  }

  Collective join(int rank, long epoch) {
    lock.lock();
    try {
      Round mine = round;
      if (mine == null || Long.compareUnsigned(mine.epoch, epoch) < 0 || mine.present.contains(rank)) {
        mine = new Round(epoch, Collectives.threads(size, deadline));
        round = mine;
      }
      if (mine.epoch != epoch) {
        throw new CollectiveException("rank " + rank + " came for epoch " + Long.toUnsignedString(epoch)
            + ", its peers are at " + Long.toUnsignedString(mine.epoch));
      }
      mine.present.add(rank);
      changed.signalAll();
      await(mine, rank);
      return mine.ends.get(rank);
    } finally {
      lock.unlock();
    }
  }

  private void await(Round mine, int rank) {
    long left = deadline.toNanos();
    try {
      while (mine.present.size() < size) {
        if (round != mine) {
          throw new CollectiveException("rank " + rank + " waited in a group that was formed anew");
        }
        if (left <= 0) {
          mine.present.remove(rank);
          throw new CollectiveException("rank " + rank + " waited for " + (size - mine.present.size() - 1)
              + " of " + size + " ranks for " + deadline);
        }
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      mine.present.remove(rank);
      Thread.currentThread().interrupt();
      throw new CollectiveException("rank " + rank + " was interrupted while it waited for its peers", e);
    }
  }
}

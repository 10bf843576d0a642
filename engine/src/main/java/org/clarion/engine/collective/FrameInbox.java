package org.clarion.engine.collective;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.clarion.engine.collective.PeerLink.Frame;
import org.jspecify.annotations.Nullable;

/** Frames that came from a peer and wait for the rank's thread: bounded, with an end that says why. Thread-safe. */
public final class FrameInbox {
  private final int peer;
  private final int capacity;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Frame> frames = new ArrayDeque<>();
  private @Nullable String end;

  /** An inbox for at most {@code capacity} frames of rank {@code peer}. */
  public FrameInbox(int peer, int capacity) {
    this.peer = peer;
    this.capacity = capacity;
  }

  /** Adds a frame; false when the inbox is full or has ended. */
  public boolean offer(Frame frame) {
    lock.lock();
    try {
      if (end != null || frames.size() >= capacity) {
        return false;
      }
      frames.add(frame);
      changed.signalAll();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Says why no more frames will come; the first reason stays. Frames that wait are still given out. */
  public void end(String reason) {
    lock.lock();
    try {
      if (end == null) {
        end = reason;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Why no more frames will come; null while they may. */
  public @Nullable String ended() {
    lock.lock();
    try {
      return end;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next frame.
   *
   * @throws CollectiveException
   *           when the inbox has ended, the wait takes longer than {@code within}, or the thread is interrupted
   */
  public Frame take(Duration within) {
    long left = within.toNanos();
    lock.lock();
    try {
      while (frames.isEmpty()) {
        if (end != null) {
          throw new CollectiveException(end);
        }
        if (left <= 0) {
          throw new CollectiveException("rank " + peer + " did not take part within " + within);
        }
        left = changed.awaitNanos(left);
      }
      return frames.remove();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CollectiveException("interrupted while waiting for rank " + peer, e);
    } finally {
      lock.unlock();
    }
  }
}

package org.clarion.rpc;

import io.grpc.stub.CallStreamObserver;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be written to one stream. Messages go out while the transport is ready and wait here, up to a bound,
 * while it is not; the observer is called by one thread at a time and never under a lock.
 *
 * <p>
 * Any thread may call. {@link #flush} belongs into the observer's on-ready handler. After {@link #complete} or
 * {@link #fail} further messages are ignored. The owner decides what a full queue means.
 */
public final class OutboundQueue<T> {
  private final CallStreamObserver<T> observer;
  private final int capacity;
  private final ArrayDeque<T> waiting = new ArrayDeque<>();
  private final SerialTask writing = new SerialTask(this::drain);
  private @Nullable Throwable failure;
  private boolean ended;
  private boolean closed;

  /** A queue of at most {@code capacity} messages before {@code observer}. */
  public OutboundQueue(CallStreamObserver<T> observer, int capacity) {
    this.observer = observer;
    this.capacity = capacity;
  }

  /** Sends or keeps the message; false when the queue is full or the stream has ended. */
  public boolean offer(T message) {
    synchronized (waiting) {
      if (ended || waiting.size() >= capacity) {
        return false;
      }
      waiting.add(message);
    }
    flush();
    return true;
  }

  /** Ends the stream after what waits. */
  public void complete() {
    synchronized (waiting) {
      ended = true;
    }
    flush();
  }

  /** Drops what waits and ends the stream with the error. */
  public void fail(Throwable error) {
    synchronized (waiting) {
      if (ended && failure != null) {
        return;
      }
      ended = true;
      failure = error;
      waiting.clear();
    }
    flush();
  }

  /** Writes what the transport takes. */
  public void flush() {
    writing.run();
  }

  private void drain() {
    while (true) {
      T next;
      Throwable error;
      synchronized (waiting) {
        if (closed) {
          return;
        }
        error = failure;
        next = error == null && observer.isReady() ? waiting.poll() : null;
        if (next == null) {
          boolean finished = error != null || (ended && waiting.isEmpty());
          if (!finished) {
            return;
          }
          closed = true;
        }
      }
      if (next != null) {
        observer.onNext(next);
      } else if (error != null) {
        observer.onError(error);
        return;
      } else {
        observer.onCompleted();
        return;
      }
    }
  }
}

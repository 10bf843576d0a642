package org.clarion.llm.rpc;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.stub.CallStreamObserver;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.clarion.engine.collective.CollectiveException;
import org.clarion.engine.collective.FrameInbox;
import org.clarion.engine.collective.PeerLink;
import org.clarion.proto.v1.CollectivePart;

/**
 * A link to a peer over one side of an {@code Exchange} call. As many parts as the inbox holds are asked of the
 * transport, and a sender waits while the transport is full: neither side piles anything up.
 *
 * <p>
 * {@link #received}, {@link #ready}, {@link #failedBy}, {@link #left} and {@link #lost} belong to the transport and do
 * not block.
 *
 * @param <T>
 *          the message that this side sends
 */
final class StreamLink<T> implements PeerLink {
  /** Parts that may wait here; the peer sends at most two before it needs an answer. */
  static final int CAPACITY = 4;

  private final int self;
  private final int peer;
  private final CallStreamObserver<T> stream;
  private final Function<CollectivePart, T> part;
  private final Function<String, T> failure;
  private final FrameInbox inbox;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private boolean ended;

  StreamLink(int self, int peer, CallStreamObserver<T> stream, Function<CollectivePart, T> part,
      Function<String, T> failure) {
    this.self = self;
    this.peer = peer;
    this.stream = stream;
    this.part = part;
    this.failure = failure;
    this.inbox = new FrameInbox(peer, CAPACITY);
  }

  @Override
  public void send(Frame frame, Duration within) {
    T message = part.apply(CollectivePart.newBuilder().setOperation(frame.operation()).setLength(frame.length())
        .setValues(UnsafeByteOperations.unsafeWrap(frame.values())).build());
    long left = within.toNanos();
    lock.lock();
    try {
      while (!ended && !stream.isReady()) {
        if (left <= 0) {
          throw new CollectiveException("rank " + peer + " took nothing within " + within);
        }
        left = changed.awaitNanos(left);
      }
      if (ended) {
        throw new CollectiveException(reason());
      }
      stream.onNext(message);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CollectiveException("interrupted while sending to rank " + peer, e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Frame receive(Duration within) {
    Frame frame = inbox.take(within);
    lock.lock();
    try {
      stream.request(1);
    } finally {
      lock.unlock();
    }
    return frame;
  }

  @Override
  public void fail(String reason) {
    inbox.end(reason);
    lock.lock();
    try {
      if (!ended) {
        stream.onNext(failure.apply(reason));
      }
      end();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    inbox.end("rank " + self + " has left");
    lock.lock();
    try {
      end();
    } finally {
      lock.unlock();
    }
  }

  /** Sends the first message of this side, before any other thread has the link. */
  void open(T first) {
    lock.lock();
    try {
      if (!ended) {
        stream.onNext(first);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether the peer has gone or this side has ended. */
  boolean isOver() {
    return inbox.ended() != null;
  }

  /** A part came. */
  void received(CollectivePart came) {
    if (!inbox.offer(new Frame(came.getOperation(), came.getLength(), came.getValues().asReadOnlyByteBuffer()))) {
      inbox.end("rank " + peer + " sent more than " + CAPACITY + " parts at once");
    }
  }

  /** The transport takes messages again. */
  void ready() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The peer said why the group is broken. */
  void failedBy(String reason) {
    inbox.end("rank " + peer + ": " + reason);
  }

  /** The peer ended its side; what it sent before counts. */
  void left() {
    inbox.end("rank " + peer + " has left");
    lock.lock();
    try {
      end();
    } finally {
      lock.unlock();
    }
  }

  /** The transport ended. */
  void lost(String why) {
    inbox.end("rank " + peer + " is lost: " + why);
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    if (!ended) {
      ended = true;
      stream.onCompleted();
      changed.signalAll();
    }
  }

  private String reason() {
    String reason = inbox.ended();
    return reason == null ? "rank " + peer + " has left" : reason;
  }
}

package org.clarion.scheduler.rpc;

import io.grpc.stub.CallStreamObserver;
import java.util.function.Function;
import org.clarion.proto.v1.Finished;
import org.clarion.proto.v1.GenerateResponse;
import org.clarion.proto.v1.Placed;
import org.clarion.proto.v1.Tokens;
import org.clarion.rpc.SerialTask;
import org.clarion.rpc.ServiceError;
import org.jspecify.annotations.Nullable;

/**
 * The answers of one {@code Generate} call, in order: the opening, committed tokens, the end, read from the answer's
 * tape as fast as the transport takes them. Any thread may call; the observer is called by one thread at a time and
 * never under a lock.
 */
final class GenerationStream {
  private final CallStreamObserver<GenerateResponse> observer;
  private final SerialTask writing = new SerialTask(this::drain);
  private final Object lock = new Object();
  private @Nullable Tape tape;
  private Function<Placed, GenerateResponse> opening = _ -> GenerateResponse.getDefaultInstance();
  private boolean opened;
  private int next;
  private int limit = Integer.MAX_VALUE;
  private @Nullable GenerateResponse single;
  private @Nullable ServiceError failure;
  private boolean ended;
  private boolean closed;

  GenerationStream(CallStreamObserver<GenerateResponse> observer) {
    this.observer = observer;
  }

  /**
   * Reads an answer from a token on; call once.
   *
   * @param first
   *          makes the first message, once the generation is placed
   */
  void read(Tape answer, int from, Function<Placed, GenerateResponse> first) {
    synchronized (lock) {
      tape = answer;
      next = from;
      opening = first;
    }
    answer.join(this);
    flush();
  }

  /** The one message of a call that is answered elsewhere. */
  void only(GenerateResponse message) {
    synchronized (lock) {
      single = message;
    }
    flush();
  }

  /** Tokens from index {@code kept} on are of no interest to this reader any more. */
  void limit(int kept) {
    synchronized (lock) {
      limit = Math.min(limit, kept);
    }
  }

  /** Ends this call, whatever becomes of the answer. */
  void fail(ServiceError error) {
    synchronized (lock) {
      if (failure == null) {
        failure = error;
      }
    }
    flush();
  }

  /** Writes what the transport takes; belongs into the on-ready handler too. */
  void flush() {
    writing.run();
  }

  private void drain() {
    while (true) {
      GenerateResponse message;
      ServiceError error;
      boolean last;
      synchronized (lock) {
        if (closed) {
          return;
        }
        error = failure;
        message = error == null && observer.isReady() ? next() : null;
        last = ended;
        if (message == null && error == null) {
          error = failure == null ? broken() : failure;
        }
        closed = last || error != null;
        if (message == null && error == null) {
          return;
        }
      }
      if (message != null) {
        observer.onNext(message);
      }
      if (last) {
        observer.onCompleted();
      } else if (error != null) {
        observer.onError(error.toStatus());
      }
    }
  }

  /** More was delivered than there is: nothing that follows would fit. */
  static ServiceError lost(int delivered, int committed) {
    return new ServiceError.FailedPrecondition("generation_lost",
        "the answer has " + committed + " committed tokens, but " + delivered + " were delivered");
  }

  private @Nullable GenerateResponse next() {
    if (single != null) {
      ended = true;
      return single;
    }
    if (tape == null) {
      return null;
    }
    if (!opened) {
      Placed placed = tape.placed();
      if (placed != null && next > tape.committed()) {
        // Whether these tokens are lost only the log can tell: who asks again is answered from there.
        failure = new ServiceError.Unavailable("more was delivered than is known here");
        return null;
      }
      opened = placed != null;
      return placed == null ? null : opening.apply(placed);
    }
    Tokens tokens = tape.read(next, limit);
    if (tokens != null) {
      next += tokens.getIdsCount();
      return GenerateResponse.newBuilder().setTokens(tokens).build();
    }
    Finished finished = tape.finishedAt(next, limit);
    ended = finished != null;
    return finished == null ? null : GenerateResponse.newBuilder().setFinished(finished).build();
  }

  /** The answer's failure once everything before it is read, unless the generation was never placed. */
  private @Nullable ServiceError broken() {
    return tape == null || (!opened && tape.placed() != null) ? null : tape.failureAt(next, limit);
  }
}

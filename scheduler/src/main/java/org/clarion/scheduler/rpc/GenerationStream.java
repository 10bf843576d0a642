package org.clarion.scheduler.rpc;

import io.grpc.stub.CallStreamObserver;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.clarion.proto.v1.GenerateResponse;
import org.clarion.proto.v1.TokenLogProbabilities;
import org.clarion.proto.v1.Tokens;
import org.clarion.rpc.SerialTask;
import org.clarion.rpc.ServiceError;
import org.jspecify.annotations.Nullable;

/**
 * The answers of one {@code Generate} call, in order: the opening, committed tokens, the end. What a slow reader does
 * not take waits here and goes out as fewer, longer messages; it is never more than the answer itself, which max_tokens
 * bounds. Any thread may call; the observer is called by one thread at a time and never under a lock.
 */
final class GenerationStream {
  private final CallStreamObserver<GenerateResponse> observer;
  private final SerialTask writing = new SerialTask(this::drain);
  private final Object lock = new Object();
  private @Nullable GenerateResponse opening;
  private boolean opened;
  private int[] tokens = new int[32];
  private int committed;
  private int sent;
  private int limit = Integer.MAX_VALUE;
  private final SequencedMap<Integer, TokenLogProbabilities> notes = new LinkedHashMap<>();
  private @Nullable GenerateResponse ending;
  private @Nullable ServiceError failure;
  private boolean ended;
  private boolean closed;

  GenerationStream(CallStreamObserver<GenerateResponse> observer) {
    this.observer = observer;
  }

  /** The first message: nothing goes out before it. */
  void open(GenerateResponse message) {
    synchronized (lock) {
      opening = message;
    }
    flush();
  }

  /** The one message of a call that is answered elsewhere. */
  void only(GenerateResponse message) {
    synchronized (lock) {
      opened = true;
      ending = message;
    }
    flush();
  }

  /** Further committed tokens. */
  void commit(int[] more) {
    synchronized (lock) {
      if (committed + more.length > tokens.length) {
        tokens = Arrays.copyOf(tokens, Math.max(committed + more.length, 2 * tokens.length));
      }
      System.arraycopy(more, 0, tokens, committed, more.length);
      committed += more.length;
    }
    flush();
  }

  /** What goes out with the token of that index once it is committed; called in order of rising index. */
  void note(int index, TokenLogProbabilities probabilities) {
    synchronized (lock) {
      notes.putLast(index, probabilities);
    }
  }

  /** Tokens from index {@code kept} on are of no interest any more. */
  void limit(int kept) {
    synchronized (lock) {
      limit = Math.min(limit, kept);
    }
  }

  /** Ends the call after everything that waits. */
  void complete(GenerateResponse last) {
    synchronized (lock) {
      ending = last;
    }
    flush();
  }

  /** Ends the call with an error, after committed tokens if it was opened. */
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
        message = observer.isReady() ? next() : null;
        last = ended;
        error = message == null && mayFail() ? failure : null;
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

  private @Nullable GenerateResponse next() {
    if (!opened) {
      opened = opening != null;
      return opening;
    }
    int end = Math.min(committed, limit);
    if (sent < end) {
      Tokens.Builder message = Tokens.newBuilder().setFirstIndex(sent);
      boolean noted = notes.containsKey(sent);
      // A message has a note for each id or none.
      while (sent < end && notes.containsKey(sent) == noted) {
        if (noted) {
          message.addLogProbabilities(notes.remove(sent));
        }
        message.addIds(tokens[sent++]);
      }
      return GenerateResponse.newBuilder().setTokens(message).build();
    }
    ended = ending != null;
    return ending;
  }

  /** Committed tokens go first, unless the call was refused before it opened. */
  private boolean mayFail() {
    return failure != null && (opening == null || (opened && sent >= Math.min(committed, limit)));
  }
}

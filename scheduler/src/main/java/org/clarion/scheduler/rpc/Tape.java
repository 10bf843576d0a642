package org.clarion.scheduler.rpc;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.clarion.proto.v1.Finished;
import org.clarion.proto.v1.Placed;
import org.clarion.proto.v1.TokenLogProbabilities;
import org.clarion.proto.v1.Tokens;
import org.clarion.rpc.ServiceError;
import org.jspecify.annotations.Nullable;

/**
 * One answer as far as it is committed, from its placement to its end, and who reads it. Every reader has a place of
 * its own: one that is slow finds more at once later and holds nobody up. It is never longer than the answer itself,
 * which max_tokens bounds. Thread-safe; readers are told outside the lock.
 */
final class Tape {
  /** The one that reads longest gives way to a further one: it is most likely a connection that nobody holds. */
  static final int MAX_READERS = 8;

  private final List<GenerationStream> readers = new ArrayList<>();
  private final Map<Integer, TokenLogProbabilities> notes = new HashMap<>();
  private int[] tokens = new int[32];
  private int committed;
  private int visits;
  private @Nullable Placed placed;
  private @Nullable Finished finished;
  private @Nullable ServiceError failure;

  // ---- what becomes of the answer

  /** The generation has its place: nothing is read before that. */
  void open(Placed place) {
    synchronized (this) {
      placed = place;
    }
    tell();
  }

  /** Further committed tokens. */
  void commit(int[] more) {
    synchronized (this) {
      if (committed + more.length > tokens.length) {
        tokens = Arrays.copyOf(tokens, Math.max(committed + more.length, 2 * tokens.length));
      }
      System.arraycopy(more, 0, tokens, committed, more.length);
      committed += more.length;
    }
    tell();
  }

  /** What is read with the token of that index once it is committed. */
  synchronized void note(int index, TokenLogProbabilities probabilities) {
    notes.put(index, probabilities);
  }

  /** The answer is whole. */
  void complete(Finished end) {
    synchronized (this) {
      finished = end;
    }
    tell();
  }

  /** There will be no more, at least not here. The first failure counts. */
  void fail(ServiceError error) {
    synchronized (this) {
      if (failure == null) {
        failure = error;
      }
    }
    tell();
  }

  private void tell() {
    List<GenerationStream> all;
    synchronized (this) {
      all = List.copyOf(readers);
    }
    all.forEach(GenerationStream::flush);
  }

  // ---- who reads it

  /** A further reader. */
  void join(GenerationStream reader) {
    GenerationStream oldest = null;
    synchronized (this) {
      readers.add(reader);
      visits++;
      if (readers.size() > MAX_READERS) {
        oldest = readers.removeFirst();
      }
    }
    if (oldest != null) {
      oldest
          .fail(new ServiceError.Cancelled("more than " + MAX_READERS + " readers of one answer: this was the first"));
    }
  }

  /** The reader went away. */
  synchronized void leave(GenerationStream reader) {
    readers.remove(reader);
  }

  /** How often somebody came, if nobody is there now; else -1. */
  synchronized int desertedAfter() {
    return readers.isEmpty() ? visits : -1;
  }

  // ---- what a reader sees

  synchronized @Nullable Placed placed() {
    return placed;
  }

  /** The end, for a reader that has read everything before it. */
  synchronized @Nullable Finished finishedAt(int next, int limit) {
    return next >= Math.min(committed, limit) ? finished : null;
  }

  /** Why there is no more, for a reader that has read everything before, or if the generation was never placed. */
  synchronized @Nullable ServiceError failureAt(int next, int limit) {
    return placed == null || next >= Math.min(committed, limit) ? failure : null;
  }

  synchronized boolean finished() {
    return finished != null;
  }

  synchronized int committed() {
    return committed;
  }

  /** Tokens from an index on and before a limit, as many as fit into one message; null when there are none. */
  synchronized @Nullable Tokens read(int from, int limit) {
    int end = Math.min(committed, limit);
    if (from >= end) {
      return null;
    }
    Tokens.Builder message = Tokens.newBuilder().setFirstIndex(from);
    boolean noted = notes.containsKey(from);
    // A message has a note for each id or none.
    for (int i = from; i < end; i++) {
      TokenLogProbabilities note = notes.get(i);
      if ((note != null) != noted) {
        break;
      }
      if (note != null) {
        message.addLogProbabilities(note);
      }
      message.addIds(tokens[i]);
    }
    return message.build();
  }
}

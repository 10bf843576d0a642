package org.clarion.scheduler.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * Until when sequences wait for what: their embeddings, and their own end. Looking for what is due costs what is due.
 */
final class Waits {
  private final long embeddingWait;
  /** In the order in which they began to wait, which is the order in which they are due. */
  private final Set<Sequence> forEmbedding = new LinkedHashSet<>();
  private final NavigableSet<Sequence> timed = new TreeSet<>(
      Comparator.comparingLong(Waits::end).thenComparingLong(sequence -> sequence.id));

  Waits(Duration embeddingWait) {
    this.embeddingWait = embeddingWait.toNanos();
  }

  /** The sequence's own time begins. */
  void admitted(Sequence sequence) {
    if (sequence.request.terms().timeout() != null) {
      timed.add(sequence);
    }
  }

  /** The sequence waits for an embedding, or for the ranks, from now on. */
  void begun(Sequence sequence, long now) {
    sequence.awaitingSince = now;
    forEmbedding.remove(sequence);
    forEmbedding.add(sequence);
  }

  /** It waits for no embedding any more. */
  void satisfied(Sequence sequence) {
    forEmbedding.remove(sequence);
  }

  void ended(Sequence sequence) {
    forEmbedding.remove(sequence);
    timed.remove(sequence);
  }

  /** Those that have waited too long for an embedding, if it is one that they wait for. */
  List<Sequence> overdue(long now) {
    List<Sequence> due = new ArrayList<>();
    for (Sequence sequence : forEmbedding) {
      if (now - sequence.awaitingSince <= embeddingWait) {
        break;
      }
      due.add(sequence);
    }
    return due;
  }

  /** Those whose own time is over. */
  List<Sequence> timeOver(long now) {
    List<Sequence> due = new ArrayList<>();
    for (Sequence sequence : timed) {
      if (now - end(sequence) < 0) {
        break;
      }
      due.add(sequence);
    }
    return due;
  }

  /** The time that a sequence of {@link #timeOver} was given. */
  Duration timeout(Sequence sequence) {
    return Objects.requireNonNull(sequence.request.terms().timeout());
  }

  private static long end(Sequence sequence) {
    Duration timeout = sequence.request.terms().timeout();
    return sequence.admittedAt + (timeout == null ? 0 : timeout.toNanos());
  }

  /** Checks that everybody who waits is known and nobody else. */
  void audit(Collection<Sequence> live) {
    int expected = 0;
    int limited = 0;
    for (Sequence sequence : live) {
      boolean waits = sequence.state() == SequenceState.AWAITING_EMBEDDING
          || sequence.state() == SequenceState.PREEMPTED;
      expected += waits ? 1 : 0;
      limited += sequence.request.terms().timeout() == null ? 0 : 1;
      if (waits != forEmbedding.contains(sequence)) {
        throw new IllegalStateException("sequence " + sequence.id + " is " + sequence.state() + ", noted as waiting: "
            + !waits);
      }
    }
    if (expected != forEmbedding.size() || limited != timed.size()) {
      throw new IllegalStateException(expected + " sequences wait and " + limited + " have a timeout; noted are "
          + forEmbedding.size() + " and " + timed.size());
    }
  }
}

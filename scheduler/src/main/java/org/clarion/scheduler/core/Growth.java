package org.clarion.scheduler.core;

import java.util.Comparator;
import java.util.List;

/**
 * Room for running answers that become longer than was booked for them. Where there is none, somebody loses its place:
 * of the lowest clinical class the one that wastes least, which is the fewest positions to be computed again; of equals
 * the newest. What it has computed stays as long as nobody needs that very memory.
 *
 * <p>
 * Nobody loses its place more than {@link #MAX_DISPLACED} times: it is then booked until its longest end, so that it
 * never asks for more either. So whoever asks may lose its own place at least, and all comes to an end.
 */
final class Growth {
  /** So often a sequence may lose its place to others. */
  static final int MAX_DISPLACED = 3;
  private static final Comparator<Sequence> LEAST_WASTED = Comparator.comparing(Sequence::clinicalClass).reversed()
      .thenComparingInt(Sequence::wasted).thenComparing(Comparator.comparingLong((Sequence s) -> s.id).reversed());

  private final Books books;

  Growth(Books books) {
    this.books = books;
  }

  /** Before a step grants anything. */
  void run(long now) {
    if (books.running.stream().noneMatch(Growth::ending)) {
      return;
    }
    for (Sequence sequence : List.copyOf(books.running)) {
      while (sequence.resident() && ending(sequence) && !books.cache.grow(sequence)) {
        displace(books.running.stream().filter(Growth::displaceable).min(LEAST_WASTED).orElseThrow(), now);
      }
    }
  }

  /** Whether its next token could find no place. */
  private static boolean ending(Sequence sequence) {
    Extent extent = sequence.extent;
    return sequence.state() == SequenceState.DECODE && sequence.issued < sequence.maxTokens && extent != null
        && extent.length() < sequence.reachNext();
  }

  private static boolean displaceable(Sequence sequence) {
    return sequence.beams == null && sequence.displaced < MAX_DISPLACED;
  }

  private void displace(Sequence sequence, long now) {
    books.displaced++;
    sequence.displaced++;
    books.cache.displace(sequence);
    sequence.wires().forEach(books.released::add);
    books.running.remove(sequence);
    sequence.rewind(0);
    sequence.become(SequenceState.PREEMPTED);
    books.waits.begun(sequence, now);
    books.preempted.addLast(sequence);
  }
}

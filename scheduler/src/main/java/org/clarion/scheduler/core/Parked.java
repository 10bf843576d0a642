package org.clarion.scheduler.core;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.SessionKey;
import org.jspecify.annotations.Nullable;

/**
 * The keys and values of a sequence that has ended, or lost its place, kept for its session's next turn or for itself.
 */
final class Parked {
  final SessionKey session;
  final Positions known;
  private @Nullable Phrases phrases;
  /** Each once. */
  final List<EmbeddingKey> images;
  /** Leading positions that hold keys and values. */
  final int computed;
  /** Turns of the session so far. */
  final int turns;
  final long parkedAt;
  Extent extent;
  /** When something was copied from it last, or its session asked for it. */
  long lastUsed;
  /** Whether its session has come back. */
  boolean returned;
  /** Whose it is, if that one has not ended but lost its place. */
  private final @Nullable Sequence displaced;

  Parked(Sequence sequence, Extent extent, long now) {
    displaced = sequence.ended() ? null : sequence;
    session = sequence.request.session();
    known = sequence.known.copy();
    Phrases said = sequence.phrases;
    phrases = said == null ? null : said.of(known);
    Set<EmbeddingKey> kept = new LinkedHashSet<>();
    known.images().forEach(image -> kept.add(new EmbeddingKey(session.tenant(), image)));
    images = List.copyOf(kept);
    computed = Math.min(sequence.computed, known.length());
    turns = sequence.turns;
    parkedAt = now;
    lastUsed = now;
    this.extent = extent;
  }

  /** Whether it is of a sequence that lost its place and comes back to go on. */
  boolean awaited() {
    return displaced != null && displaced.state() == SequenceState.PREEMPTED;
  }

  /** What it says where. */
  Phrases phrases() {
    Phrases said = phrases;
    if (said == null) {
      said = new Phrases(known);
      phrases = said;
    }
    return said;
  }
}

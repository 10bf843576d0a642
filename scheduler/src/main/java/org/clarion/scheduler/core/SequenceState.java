package org.clarion.scheduler.core;

import java.util.EnumSet;
import java.util.Set;

/**
 * Where a sequence stands. {@link Sequence#become} is the only way from one state to another, and {@link #next()} lists
 * every way there is.
 */
public enum SequenceState {
  /** An image's embedding is not at the ranks. Holds an extent only when the embedding was lost half-way. */
  AWAITING_EMBEDDING,
  /** Could run, but has no extent and no row yet. */
  WAITING,
  /** Known positions are being computed, chunk by chunk. */
  PREFILL,
  /** One token per step. */
  DECODE,
  /** The replica lost what was computed, or somebody else has its memory: runs again as soon as it can. */
  PREEMPTED,
  /** The answer has ended. */
  FINISHED,
  /** The answer has ended and its keys and values stay for a follow-up. */
  PARKED;

  /** The states that may follow. */
  public Set<SequenceState> next() {
    return switch (this) {
      case AWAITING_EMBEDDING -> EnumSet.of(WAITING, PREFILL, PREEMPTED, FINISHED);
      case WAITING -> EnumSet.of(PREFILL, AWAITING_EMBEDDING, FINISHED);
      case PREFILL -> EnumSet.of(DECODE, AWAITING_EMBEDDING, PREEMPTED, FINISHED);
      case DECODE -> EnumSet.of(AWAITING_EMBEDDING, PREEMPTED, FINISHED);
      case PREEMPTED -> EnumSet.of(PREFILL, FINISHED);
      case FINISHED -> EnumSet.of(PARKED);
      case PARKED -> EnumSet.noneOf(SequenceState.class);
    };
  }
}

package org.clarion.scheduler.core;

/** What a replica's memory has seen so far, whatever became of the ranks. Not thread-safe. */
final class KvHistory {
  final ReturnModel returns = new ReturnModel();
  /** Parked sequences given up for room. */
  long evictions;
  /** Follow-ups whose parked positions had to be given up for their own room. */
  long relocations;
  /** Extents moved for room. */
  long moves;
  /** Positions copied, by moves and for sequences that begin alike. */
  long copied;
}

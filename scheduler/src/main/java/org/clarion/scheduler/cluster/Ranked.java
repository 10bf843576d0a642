package org.clarion.scheduler.cluster;

/** A stored value of which the newer of two copies is known: after a network split that one is kept. */
interface Ranked {
  /** Compared first. */
  long epoch();

  /** Compared between equal epochs. */
  long progress();
}

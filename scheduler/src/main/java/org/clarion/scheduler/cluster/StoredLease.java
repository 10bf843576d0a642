package org.clarion.scheduler.cluster;

/** A replica's lease as it is stored. */
record StoredLease(LeaseRule.State state) implements Ranked {
  static final StoredLease NONE = new StoredLease(LeaseRule.State.NONE);

  @Override
  public long epoch() {
    return state.epoch();
  }

  @Override
  public long progress() {
    return state.beat();
  }
}

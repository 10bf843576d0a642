package org.clarion.scheduler.api;

import java.util.Optional;

/**
 * The requests of generations, so that another owner can go on with one and any gateway can tell it. A record outlives
 * its token log by far: who asks later learns that there was such a generation, and where its session is.
 * <p>
 * Every method blocks for at most the store's deadline and throws {@link ClusterUnavailableException} past it: call
 * from a virtual thread, never from the scheduler's loop. Thread-safe.
 */
public interface GenerationStore {
  /** Stores or replaces; forgotten some time after the last write. */
  void put(GenerationKey key, GenerationRecord generation);

  /** Empty when unknown, forgotten, or of another tenant. */
  Optional<GenerationRecord> find(GenerationKey key);
}

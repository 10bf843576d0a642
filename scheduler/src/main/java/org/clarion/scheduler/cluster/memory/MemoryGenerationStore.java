package org.clarion.scheduler.cluster.memory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.GenerationRecord;
import org.clarion.scheduler.api.GenerationStore;

/** Requests of generations in a map. Thread-safe. */
final class MemoryGenerationStore implements GenerationStore {
  private final ExpiringMap<GenerationKey, GenerationRecord> generations = new ExpiringMap<>();
  private final InstantSource clock;
  private final Duration life;

  MemoryGenerationStore(InstantSource clock, Duration life) {
    this.clock = clock;
    this.life = life;
  }

  @Override
  public synchronized void put(GenerationKey key, GenerationRecord generation) {
    generations.put(key, generation, clock.instant(), life);
  }

  @Override
  public synchronized Optional<GenerationRecord> find(GenerationKey key) {
    return Optional.ofNullable(generations.get(key, clock.instant()));
  }
}

package org.clarion.scheduler.cluster.memory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.GenerationRecord;
import org.clarion.scheduler.api.GenerationStore;
import org.clarion.scheduler.api.TenantId;

/** Requests of generations in a map. Thread-safe. */
final class MemoryGenerationStore implements GenerationStore {
  private final ExpiringMap<GenerationKey, GenerationRecord> generations = new ExpiringMap<>();
  private final MemoryTenants tenants;
  private final InstantSource clock;
  private final Duration life;

  MemoryGenerationStore(MemoryTenants tenants, InstantSource clock, Duration life) {
    this.tenants = tenants;
    this.clock = clock;
    this.life = life;
  }

  @Override
  public synchronized void put(GenerationKey key, GenerationRecord generation) {
    tenants.require(key.tenant());
    generations.put(key, generation, clock.instant(), life);
  }

  synchronized void forget(TenantId tenant) {
    generations.removeIf(key -> key.tenant().equals(tenant));
  }

  @Override
  public synchronized Optional<GenerationRecord> find(GenerationKey key) {
    return Optional.ofNullable(generations.get(key, clock.instant()));
  }
}

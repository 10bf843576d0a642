package org.clarion.scheduler.cluster;

import com.hazelcast.map.IMap;
import java.util.Optional;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.GenerationRecord;
import org.clarion.scheduler.api.GenerationStore;
import org.clarion.scheduler.cluster.seal.Sealer;
import org.jspecify.annotations.Nullable;

/** Requests of generations in a Hazelcast map, sealed; the map's time to live expires them. */
final class HazelcastGenerationStore implements GenerationStore {
  private final IMap<StoreKey, byte[]> map;
  private final Sealer sealer;
  private final Calls calls;

  HazelcastGenerationStore(IMap<StoreKey, byte[]> map, Sealer sealer, Calls calls) {
    this.map = map;
    this.sealer = sealer;
    this.calls = calls;
  }

  @Override
  public void put(GenerationKey key, GenerationRecord generation) {
    StoreKey at = StoreKey.of(key);
    byte[] sealed = sealer.seal(key.tenant(), at.place(map.getName()), Codecs.generation(generation));
    calls.<@Nullable Void>make("storing a generation", () -> map.setAsync(at, sealed));
  }

  @Override
  public Optional<GenerationRecord> find(GenerationKey key) {
    StoreKey at = StoreKey.of(key);
    byte @Nullable [] found = calls.<byte @Nullable []>make("reading a generation", () -> map.getAsync(at));
    return Optional.ofNullable(found)
        .map(sealed -> Codecs.generation(sealer.open(key.tenant(), at.place(map.getName()), sealed)));
  }
}

package org.clarion.scheduler.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.spi.merge.MergingValue;
import com.hazelcast.spi.merge.SplitBrainMergePolicy;
import org.clarion.scheduler.cluster.seal.KeyRing;
import org.jspecify.annotations.Nullable;

/** After a network split a tenant has the keys that either side gave it; erased on one side, it is erased. */
final class JoinRings implements SplitBrainMergePolicy<KeyRing, MergingValue<KeyRing>, Object> {
  @Override
  public @Nullable Object merge(MergingValue<KeyRing> merging, @Nullable MergingValue<KeyRing> existing) {
    KeyRing theirs = merging.getDeserializedValue();
    KeyRing ours = existing == null ? null : existing.getDeserializedValue();
    return theirs == null ? ours : ours == null ? theirs : ours.join(theirs);
  }

  @Override
  public void writeData(ObjectDataOutput out) {
    // Stateless.
  }

  @Override
  public void readData(ObjectDataInput in) {
    // Stateless.
  }
}

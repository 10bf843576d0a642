package org.clarion.scheduler.cluster;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.spi.merge.MergingValue;
import com.hazelcast.spi.merge.SplitBrainMergePolicy;
import org.jspecify.annotations.Nullable;

/** Keeps the value of the higher epoch, then of the longer progress; of equals, what the larger side has. */
final class PreferNewest implements SplitBrainMergePolicy<Ranked, MergingValue<Ranked>, Object> {
  @Override
  public @Nullable Object merge(MergingValue<Ranked> merging, @Nullable MergingValue<Ranked> existing) {
    if (existing == null) {
      return merging.getRawValue();
    }
    return newer(merging.getDeserializedValue(), existing.getDeserializedValue())
        ? merging.getRawValue()
        : existing.getRawValue();
  }

  static boolean newer(Ranked left, @Nullable Ranked right) {
    return right == null || left.epoch() > right.epoch()
        || (left.epoch() == right.epoch() && left.progress() > right.progress());
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

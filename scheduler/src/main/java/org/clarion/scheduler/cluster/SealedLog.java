package org.clarion.scheduler.cluster;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.clarion.scheduler.api.TokenLog;
import org.jspecify.annotations.Nullable;

/**
 * A token log as it is stored: its state in the clear, the tokens as sealed segments, one for each append.
 *
 * @param segments
 *          each as: index of the first token, number of tokens, length of the sealed bytes (4 bytes each, high byte
 *          first), sealed bytes
 */
record SealedLog(LogRule.State state, byte[] segments) implements Ranked {
  private static final int HEADER = 3 * Integer.BYTES;

  static final SealedLog NONE = new SealedLog(LogRule.State.NONE, new byte[0]);

  /** Tokens that were appended together, sealed. */
  record Segment(int firstIndex, int count, byte[] sealed) {}

  /** The log with one more segment, which follows its end. */
  SealedLog append(long epoch, Segment segment, TokenLog.@Nullable Ending ending) {
    LogRule.State after = state.after(epoch, segment.count, ending);
    if (segment.count == 0) {
      return new SealedLog(after, segments);
    }
    byte[] longer = ByteBuffer.allocate(segments.length + HEADER + segment.sealed.length).put(segments)
        .putInt(segment.firstIndex).putInt(segment.count).putInt(segment.sealed.length).put(segment.sealed).array();
    return new SealedLog(after, longer);
  }

  /** The log under a new owner. */
  SealedLog claimed(long epoch) {
    return new SealedLog(state.claimed(epoch), segments);
  }

  /** In order. */
  List<Segment> split() {
    List<Segment> split = new ArrayList<>();
    for (ByteBuffer rest = ByteBuffer.wrap(segments); rest.hasRemaining();) {
      int firstIndex = rest.getInt();
      int count = rest.getInt();
      byte[] sealed = new byte[rest.getInt()];
      rest.get(sealed);
      split.add(new Segment(firstIndex, count, sealed));
    }
    return split;
  }

  @Override
  public long epoch() {
    return state.epoch();
  }

  @Override
  public long progress() {
    return state.length() * 2L + (state.finished() ? 1 : 0);
  }
}

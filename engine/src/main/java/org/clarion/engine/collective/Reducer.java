package org.clarion.engine.collective;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Sums and maxima of several ranks' values, in rank order. Works in blocks that stay in the first-level cache and keeps
 * the running value in an array: the compiler turns a loop from memory into an array into vector instructions, one from
 * memory into memory it does not. One thread at a time.
 */
final class Reducer {
  private static final int BLOCK = 2_048;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

  /** Where each rank's values lie. */
  interface Source {
    MemorySegment segment(int rank);

    /** Byte offset of the rank's first value. */
    long offset(int rank);
  }

  private final int ranks;
  private final float[] floats = new float[BLOCK];
  private final int[] ints = new int[BLOCK];

  Reducer(int ranks) {
    this.ranks = ranks;
  }

  /** Does the arithmetic of one of the three all-reduce calls. */
  void reduce(Operation operation, Source source, MemorySegment into, long at, int count) {
    switch (operation) {
      case ALL_REDUCE -> sum(source, into, at, count);
      case ALL_REDUCE_INTS -> sumInts(source, into, at, count);
      case ALL_REDUCE_MAX -> max(source, into, at, count);
      case GATHER, BROADCAST, MINIMUM -> throw new IllegalArgumentException(operation + " reduces nothing");
    }
  }

  /** Writes the sums of {@code count} floats to {@code into}, from byte {@code at} on. */
  void sum(Source source, MemorySegment into, long at, int count) {
    for (int done = 0; done < count; done += BLOCK) {
      int block = Math.min(BLOCK, count - done);
      MemorySegment.copy(source.segment(0), FLOAT, source.offset(0) + 4L * done, floats, 0, block);
      for (int rank = 1; rank < ranks; rank++) {
        add(floats, source.segment(rank), source.offset(rank) + 4L * done, block);
      }
      MemorySegment.copy(floats, 0, into, FLOAT, at + 4L * done, block);
    }
  }

  /** Writes the wrapping sums of {@code count} ints to {@code into}, from byte {@code at} on. */
  void sumInts(Source source, MemorySegment into, long at, int count) {
    for (int done = 0; done < count; done += BLOCK) {
      int block = Math.min(BLOCK, count - done);
      MemorySegment.copy(source.segment(0), INT, source.offset(0) + 4L * done, ints, 0, block);
      for (int rank = 1; rank < ranks; rank++) {
        add(ints, source.segment(rank), source.offset(rank) + 4L * done, block);
      }
      MemorySegment.copy(ints, 0, into, INT, at + 4L * done, block);
    }
  }

  /** Writes the largest of {@code count} floats to {@code into}, from byte {@code at} on. */
  void max(Source source, MemorySegment into, long at, int count) {
    for (int done = 0; done < count; done += BLOCK) {
      int block = Math.min(BLOCK, count - done);
      MemorySegment.copy(source.segment(0), FLOAT, source.offset(0) + 4L * done, floats, 0, block);
      for (int rank = 1; rank < ranks; rank++) {
        raise(floats, source.segment(rank), source.offset(rank) + 4L * done, block);
      }
      MemorySegment.copy(floats, 0, into, FLOAT, at + 4L * done, block);
    }
  }

  private static void add(float[] sums, MemorySegment terms, long at, int count) {
    for (int i = 0; i < count; i++) {
      sums[i] += terms.get(FLOAT, at + 4L * i);
    }
  }

  private static void add(int[] sums, MemorySegment terms, long at, int count) {
    for (int i = 0; i < count; i++) {
      sums[i] += terms.get(INT, at + 4L * i);
    }
  }

  private static void raise(float[] largest, MemorySegment others, long at, int count) {
    for (int i = 0; i < count; i++) {
      largest[i] = Math.max(largest[i], others.get(FLOAT, at + 4L * i));
    }
  }
}

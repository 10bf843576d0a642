package org.clarion.engine.collective;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The memory that all ranks of a group see, and its layout: a header, one line of control words per rank, and two slots
 * of values per rank.
 *
 * <p>
 * <b>Ordering.</b> A rank writes its slot with plain stores, then the slot's round with a release store. A peer reads
 * the round with an acquire load and only then the rest of the slot. So whoever sees round {@code n} sees the whole
 * slot of round {@code n}. The slots alternate: round {@code n} uses slot {@code n % 2}. A rank writes slot
 * {@code n % 2} again in round {@code n + 2}, after it has seen every peer at {@code n + 1}, and a peer publishes
 * {@code n + 1} only after it has read everything of round {@code n}. So nobody overwrites what is still being read,
 * with one wait a round.
 *
 * <p>
 * The round shares its cache line with the words that describe the slot, so one line crosses between cores before the
 * values. The control words are written only when a rank comes or goes: looking at them costs nothing while the group
 * works. Lines of different ranks lie 128 bytes apart, because processors fetch lines in pairs.
 *
 * @param segment
 *          zeroed when the group begins
 * @param size
 *          number of ranks
 */
record GroupMemory(MemorySegment segment, int size) {
  /** Values that one slot holds; longer messages go in several rounds. */
  static final int SLOT_VALUES = 1 << 16;

  private static final long LINE = 128;
  private static final long SLOT_HEADER = 128;
  private static final long SLOT_BYTES = SLOT_HEADER + 4L * SLOT_VALUES;

  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

  private static final long MAGIC = 0x434c4152_47525032L;

  private static final long OPERATION = 8;
  private static final long LENGTH = 12;
  private static final long LEFT = 8;
  private static final int DONE = 1;
  private static final int FAILED = 2;
  private static final long HELLO = 16;
  private static final long WELCOME = 24;

  static long bytes(int size) {
    return LINE * (1 + size) + 2L * size * SLOT_BYTES;
  }

  /** Writes the header: from here on {@link #isValid} holds. */
  void initialise() {
    segment.set(ValueLayout.JAVA_INT, 8, size);
    segment.set(ValueLayout.JAVA_INT, 12, SLOT_VALUES);
    LONG.setRelease(segment, 0L, MAGIC);
  }

  /** Whether the header is one of this program's for a group of this size. */
  boolean isValid() {
    return (long) LONG.getAcquire(segment, 0L) == MAGIC && segment.get(ValueLayout.JAVA_INT, 8) == size
        && segment.get(ValueLayout.JAVA_INT, 12) == SLOT_VALUES;
  }

  /** Whether the rank's slot of this round is complete. */
  boolean hasPublished(long round, int rank) {
    return (long) LONG.getAcquire(segment, slot(round, rank)) == round;
  }

  /** Says that this rank's slot of the round is complete. */
  void publish(long round, int rank) {
    LONG.setRelease(segment, slot(round, rank), round);
  }

  boolean hasLeft(int rank) {
    return (int) INT.getAcquire(segment, line(rank) + LEFT) != 0;
  }

  /** Whether the rank left because the group is broken. */
  boolean hasFailed(int rank) {
    return (int) INT.getAcquire(segment, line(rank) + LEFT) == FAILED;
  }

  void leave(int rank) {
    INT.compareAndSet(segment, line(rank) + LEFT, 0, DONE);
  }

  void fail(int rank) {
    INT.setRelease(segment, line(rank) + LEFT, FAILED);
  }

  /** Takes a rank's place with a number that only this process knows; false when it is taken. */
  boolean claim(int rank, long token) {
    return LONG.compareAndSet(segment, line(rank) + HELLO, 0L, token);
  }

  /** Answers whoever claimed {@code rank}; false when nobody has. */
  boolean welcome(int rank) {
    long token = (long) LONG.getAcquire(segment, line(rank) + HELLO);
    LONG.setRelease(segment, line(rank) + WELCOME, token);
    return token != 0;
  }

  boolean isWelcome(int rank, long token) {
    return (long) LONG.getAcquire(segment, line(rank) + WELCOME) == token;
  }

  /** The words that say what a slot holds: the kind of call and the caller's length. */
  void describe(long round, int rank, int operation, int length) {
    long slot = slot(round, rank);
    segment.set(ValueLayout.JAVA_INT, slot + OPERATION, operation);
    segment.set(ValueLayout.JAVA_INT, slot + LENGTH, length);
  }

  int operation(long round, int rank) {
    return segment.get(ValueLayout.JAVA_INT, slot(round, rank) + OPERATION);
  }

  int length(long round, int rank) {
    return segment.get(ValueLayout.JAVA_INT, slot(round, rank) + LENGTH);
  }

  /** Where the values of a slot begin, in bytes. */
  long values(long round, int rank) {
    return slot(round, rank) + SLOT_HEADER;
  }

  private long line(int rank) {
    return LINE * (1 + rank);
  }

  private long slot(long round, int rank) {
    return LINE * (1 + size) + ((round & 1) * size + rank) * SLOT_BYTES;
  }
}

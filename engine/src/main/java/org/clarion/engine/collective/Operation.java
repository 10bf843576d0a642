package org.clarion.engine.collective;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The calls of a {@link Collective}, by the numbers that ranks tell each other, so that a mix-up is noticed. */
public enum Operation {
  ALL_REDUCE(1), GATHER(2), BROADCAST(3), MINIMUM(4), ALL_REDUCE_INTS(5), ALL_REDUCE_MAX(6);

  private final int code;

  Operation(int code) {
    this.code = code;
  }

  /** What stands for this call between ranks; above 0. */
  public int code() {
    return code;
  }

  /** The call's name, or the number where no call has it. */
  public static String named(int code) {
    return Arrays.stream(values()).filter(o -> o.code == code).map(Operation::name).findFirst()
        .orElse("operation " + code);
  }

  /** What to say when two ranks made different calls. */
  public static String mismatch(int rank, Operation operation, int length, int peer, int other, int otherLength) {
    return "rank " + rank + " called " + operation + " of " + length + " values, rank " + peer + " " + named(other)
        + " of " + otherLength + " values";
  }

  /**
   * Checks that rank 0 and no other gave {@link Collective#gather} a destination.
   *
   * @throws IllegalArgumentException
   *           when it is not so
   */
  public static void checkDestination(int rank, @Nullable FloatBuffer all) {
    if ((rank == 0) != (all != null)) {
      throw new IllegalArgumentException("rank 0 and no other rank needs a destination, rank " + rank
          + (all == null ? " has none" : " has one"));
    }
  }
}

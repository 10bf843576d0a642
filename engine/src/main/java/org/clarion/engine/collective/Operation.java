package org.clarion.engine.collective;

import java.util.Arrays;

/** The calls of a {@link Collective}, by the numbers that ranks tell each other, so that a mix-up is noticed. */
enum Operation {
  ALL_REDUCE(1), GATHER(2), BROADCAST(3), MINIMUM(4), ALL_REDUCE_INTS(5), ALL_REDUCE_MAX(6);

  private final int code;

  Operation(int code) {
    this.code = code;
  }

  /** What stands for this call between ranks; above 0. */
  int code() {
    return code;
  }

  /** The call's name, or the number where no call has it. */
  static String named(int code) {
    return Arrays.stream(values()).filter(o -> o.code == code).map(Operation::name).findFirst()
        .orElse("operation " + code);
  }

  /** What to say when two ranks made different calls. */
  static String mismatch(int rank, Operation operation, int length, int peer, int other, int otherLength) {
    return "rank " + rank + " called " + operation + " of " + length + " values, rank " + peer + " " + named(other)
        + " of " + otherLength + " values";
  }
}

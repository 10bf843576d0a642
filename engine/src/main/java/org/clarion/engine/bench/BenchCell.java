package org.clarion.engine.bench;

import org.clarion.engine.decoder.StepProfile;

/**
 * One timed workload.
 *
 * @param name
 *          for people
 * @param kind
 *          what is repeated
 * @param rows
 *          sequences of a decode step, tokens of a prefill, images of an encode
 * @param context
 *          positions behind each sequence; 0 but for decode
 * @param times
 *          of one call
 * @param items
 *          tokens or images that a call yields
 * @param bytes
 *          that a call must read at least
 * @param operations
 *          that a call must do at least, a multiply-add as two
 * @param breakdown
 *          where the median call spent its time
 */
public record BenchCell(String name, Kind kind, int rows, int context, StepTimes times, int items, double bytes,
    double operations, Breakdown breakdown) {
  /** What a call is. */
  public enum Kind {
    DECODE, PREFILL, ENCODE
  }

  /**
   * Mean seconds of a call by where they went, as rank 0 saw it. What Java does is what remains of the whole.
   *
   * @param undivided
   *          native code that cannot tell its parts apart
   */
  public record Breakdown(double linear, double attention, double other, double undivided, double sampling,
      double collective, double java) {
    /** What a decoder's account says of calls that took {@code whole} seconds in the mean. */
    static Breakdown of(double whole, StepProfile parts, double sampling, double collective, double secondsEach) {
      double known = parts.linear() + parts.attention() + parts.other() + parts.undivided();
      return new Breakdown(share(parts.linear(), secondsEach), share(parts.attention(), secondsEach),
          share(parts.other(), secondsEach), share(parts.undivided(), secondsEach), sampling, collective,
          Math.max(0, whole - known * secondsEach - sampling - collective));
    }

    /** Accounts that are estimated can fall behind by a few nanoseconds. */
    private static double share(long nanos, double secondsEach) {
      return Math.max(0, nanos * secondsEach);
    }

    /** Nothing is known but the whole. */
    public static Breakdown whole(double seconds) {
      return new Breakdown(0, 0, 0, seconds, 0, 0, 0);
    }

    /** All of it. */
    public double sum() {
      return linear + attention + other + undivided + sampling + collective + java;
    }
  }

  /** Tokens or images a second, from the median. */
  public double itemsPerSecond() {
    return items / times.median();
  }

  /** 10^9 bytes a second that the median call reads at least. */
  public double gigabytesPerSecond() {
    return bytes / times.median() / 1e9;
  }

  /** 10^12 operations a second of the median call. */
  public double teraPerSecond() {
    return operations / times.median() / 1e12;
  }
}

package org.clarion.engine.bench;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.clarion.engine.decoder.DecoderStep;

/**
 * Which steps to time.
 *
 * @param batches
 *          sequences of a decode step, one cell each
 * @param context
 *          positions that each of them has behind it
 * @param prefills
 *          tokens of a prompt that is computed in one step, one cell each
 * @param seconds
 *          how long a cell is repeated, within {@link #MOST_CALLS}
 */
public record DecoderWorkload(List<Integer> batches, int context, List<Integer> prefills, double seconds) {
  /** Bound of the calls of one cell. */
  public static final int MOST_CALLS = 2000;
  static final int FEWEST_CALLS = 3;

  private static final int MOST_ROWS = 1024;
  private static final int MOST_TOKENS = 32_768;

  public DecoderWorkload {
    batches = List.copyOf(batches);
    prefills = List.copyOf(prefills);
    batches.forEach(rows -> check("a batch", rows, 1, MOST_ROWS));
    prefills.forEach(tokens -> check("a prefill", tokens, 1, MOST_TOKENS));
    check("the context", context, 0, MOST_TOKENS);
    if (batches.isEmpty() && prefills.isEmpty()) {
      throw new IllegalArgumentException("there is neither a batch nor a prefill to time");
    }
    if (!(seconds > 0 && seconds <= 600)) {
      throw new IllegalArgumentException("a cell takes " + seconds + " seconds, allowed is above 0 to 600");
    }
  }

  /** Positions that one sequence of a batch takes in the arena, its new token included. */
  int extent() {
    return DecoderStep.aligned(context + 1);
  }

  /** Positions that the KV arena must have for every cell. */
  public int arenaTokens() {
    IntStream decode = batches.stream().mapToInt(rows -> rows * extent());
    return IntStream.concat(decode, prefills.stream().mapToInt(Integer::intValue)).max().orElseThrow();
  }

  /** The most positions of one sequence, which the model must allow. */
  int longest() {
    return Stream.concat(batches.isEmpty() ? Stream.empty() : Stream.of(context + 1), prefills.stream())
        .mapToInt(Integer::intValue).max().orElseThrow();
  }

  private static void check(String what, int value, int low, int high) {
    if (value < low || value > high) {
      throw new IllegalArgumentException(what + " of " + value + " is not within " + low + " to " + high);
    }
  }
}

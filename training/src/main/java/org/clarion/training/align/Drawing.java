package org.clarion.training.align;

import java.util.SplittableRandom;

/**
 * In which order lessons come: every pass over the material shuffles it anew, by seed and pass alone, so that a
 * training that goes on in the middle meets the same lessons. To be used by one thread.
 */
final class Drawing {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private final long seed;
  private final int[] order;
  private long pass = -1;

  Drawing(long seed, int size) {
    this.seed = seed;
    this.order = new int[size];
  }

  /** The lesson that comes at a position, from 0. */
  int at(long position) {
    long wanted = position / order.length;
    if (wanted != pass) {
      shuffle(wanted);
      pass = wanted;
    }
    return order[Math.toIntExact(position % order.length)];
  }

  private void shuffle(long wanted) {
    SplittableRandom random = random(seed, wanted);
    for (int i = 0; i < order.length; i++) {
      int other = random.nextInt(i + 1);
      order[i] = order[other];
      order[other] = i;
    }
  }

  /** Random numbers of their own for each (seed, number). */
  static SplittableRandom random(long seed, long number) {
    return new SplittableRandom(seed * GOLDEN ^ Long.rotateLeft(number * GOLDEN, 31)).split();
  }
}

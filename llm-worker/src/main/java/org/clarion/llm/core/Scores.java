package org.clarion.llm.core;

import java.util.Arrays;

/**
 * Arithmetic over a whole vocabulary, written so that the compiler turns the loops into vector code (some ten times as
 * fast as a loop over {@link Math#exp}). The exponential is our own: multiplications and additions of doubles, so that
 * every machine and every tier of the compiler gives the same bits.
 */
final class Scores {
  /** The exponential of it, and of anything below, is 0 as a float. */
  private static final float LEAST = -104;
  /** A heap is good for few; for more the partition is. */
  private static final int HEAP = 512;

  private Scores() {}

  /**
   * The exponential of a number that is not above 0, within 1e-7 of it: the power series of x / 512, squared nine
   * times.
   */
  static float exp(float x) {
    double y = Math.max(x, LEAST) * 0x1p-9;
    double p = 1 + y * (1 / 7.0);
    p = 1 + y * (1 / 6.0) * p;
    p = 1 + y * 0.2 * p;
    p = 1 + y * 0.25 * p;
    p = 1 + y * (1 / 3.0) * p;
    p = 1 + y * 0.5 * p;
    p = 1 + y * p;
    p *= p;
    p *= p;
    p *= p;
    p *= p;
    p *= p;
    p *= p;
    p *= p;
    p *= p;
    p *= p;
    return (float) p;
  }

  /** The greatest of the first {@code count}; NaN when one is NaN, negative infinity when there are none. */
  static float max(float[] values, int count) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      max = Math.max(max, values[i]);
    }
    return max;
  }

  /** {@code weights[i] = exp(values[i] - best)}, for {@code best} the greatest; NaN stays NaN. */
  static void weigh(float[] values, float best, float[] weights, int count) {
    for (int i = 0; i < count; i++) {
      weights[i] = exp(values[i] - best);
    }
  }

  static double sum(float[] values, int from, int to) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = from;
    for (; i + 4 <= to; i += 4) {
      a += values[i];
      b += values[i + 1];
      c += values[i + 2];
      d += values[i + 3];
    }
    for (; i < to; i++) {
      a += values[i];
    }
    return (a + b) + (c + d);
  }

  /**
   * The n-th highest of the first {@code count} values.
   *
   * @param n
   *          from 1 to {@code count}
   * @param scratch
   *          as long as {@code count}; overwritten
   */
  static float nthHighest(float[] values, int count, int n, float[] scratch) {
    if (n > HEAP) {
      System.arraycopy(values, 0, scratch, 0, count);
      return partition(scratch, count, n);
    }
    float[] heap = Arrays.copyOf(values, n);
    Arrays.sort(heap);
    for (int i = n; i < count; i++) {
      if (values[i] > heap[0]) {
        siftDown(heap, values[i]);
      }
    }
    return heap[0];
  }

  /** Replaces the least of a min-heap. */
  private static void siftDown(float[] heap, float value) {
    int parent = 0;
    while (true) {
      int child = 2 * parent + 1;
      if (child >= heap.length) {
        break;
      }
      if (child + 1 < heap.length && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= value) {
        break;
      }
      heap[parent] = heap[child];
      parent = child;
    }
    heap[parent] = value;
  }

  /** Hoare's selection, by falling value. */
  private static float partition(float[] values, int count, int n) {
    int low = 0;
    int high = count - 1;
    while (low < high) {
      float pivot = median(values[low], values[(low + high) >>> 1], values[high]);
      int i = low;
      int j = high;
      while (i <= j) {
        while (values[i] > pivot) {
          i++;
        }
        while (values[j] < pivot) {
          j--;
        }
        if (i <= j) {
          float swapped = values[i];
          values[i++] = values[j];
          values[j--] = swapped;
        }
      }
      if (n - 1 <= j) {
        high = j;
      } else if (n - 1 >= i) {
        low = i;
      } else {
        break;
      }
    }
    return values[n - 1];
  }

  private static float median(float a, float b, float c) {
    return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  }

  /**
   * Sorts ids by falling value, equal ones by rising id.
   *
   * @param ids
   *          read
   * @return ids in the low halves
   */
  static long[] descending(float[] values, int[] ids, int count) {
    long[] order = new long[count];
    for (int i = 0; i < count; i++) {
      // Adding 0 turns -0 into 0, which must be a tie. The bits of a float sort as integers once negatives are flipped.
      int bits = Float.floatToIntBits(values[ids[i]] + 0f);
      int rising = bits ^ ((bits >> 31) & 0x7fffffff);
      order[i] = ((long) ~rising << 32) | ids[i];
    }
    Arrays.sort(order);
    return order;
  }
}

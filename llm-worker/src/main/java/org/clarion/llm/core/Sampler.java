package org.clarion.llm.core;

import java.util.Arrays;

/**
 * From logits to a token: penalty -> temperature -> top-k -> top-p -> min-p -> choice, each cut on what the one before
 * left. Depends on nothing but its arguments, so that the same sequence gets the same text in any batch.
 *
 * <p>
 * Scaled logits are float32 as in PyTorch; probabilities are computed in double. Of equal logits at a top-p border the
 * lower ids stay.
 */
public final class Sampler {
  /** Below the best logit by more than this an id rarely matters; the first guess of where a nucleus ends. */
  private static final float NUCLEUS_DEPTH = 8;

  private Sampler() {}

  /**
   * Chooses the token for a position.
   *
   * @param logits
   *          [vocabulary]
   * @param position
   *          absolute position that the token will have in its sequence
   */
  public static int sample(float[] logits, Sampling sampling, long position) {
    return sampling.greedy()
        ? argmax(logits)
        : distribution(logits, sampling).choose(CounterRandom.uniform(sampling.seed(), position));
  }

  /** The id with the highest logit, the lowest of equals. */
  public static int argmax(float[] logits) {
    int best = 0;
    for (int id = 1; id < logits.length; id++) {
      if (logits[id] > logits[best] || (Float.isNaN(logits[best]) && !Float.isNaN(logits[id]))) {
        best = id;
      }
    }
    return best;
  }

  /**
   * Makes ids of the history less likely: a positive logit is divided by the penalty, a negative one multiplied, once
   * for each distinct id.
   *
   * @return a copy
   */
  public static float[] penalise(float[] logits, float penalty, int[] history) {
    float[] out = logits.clone();
    for (int id : history) {
      out[id] = logits[id] < 0 ? logits[id] * penalty : logits[id] / penalty;
    }
    return out;
  }

  /**
   * What temperature and cuts leave. NaN counts as impossible; when no id is possible the result is {@link #argmax}'s
   * alone.
   *
   * @throws IllegalArgumentException
   *           for greedy sampling, which has no distribution
   */
  public static Distribution distribution(float[] logits, Sampling sampling) {
    if (sampling.greedy()) {
      throw new IllegalArgumentException("a distribution needs a temperature above 0");
    }
    float[] scores = new float[logits.length];
    for (int id = 0; id < logits.length; id++) {
      scores[id] = Float.isNaN(logits[id]) ? Float.NEGATIVE_INFINITY : logits[id] / sampling.temperature();
    }
    int best = argmax(scores);
    // One id stays alone where there is no other possible or the best is infinitely better.
    if (scores.length == 0 || Float.isInfinite(scores[best])) {
      return new Distribution(new int[]{best}, new double[]{1});
    }
    int[] ids = finite(scores);
    if (sampling.topK() > 0 && sampling.topK() < ids.length) {
      ids = atLeast(scores, ids, nthHighest(scores, ids, sampling.topK()));
    }
    if (sampling.topP() < 1) {
      ids = nucleus(scores, ids, scores[best], sampling.topP());
    }
    if (sampling.minP() > 0) {
      double least = sampling.minP() == 1 ? 0 : Math.log(sampling.minP());
      float bar = scores[best];
      float[] from = scores;
      ids = Arrays.stream(ids).filter(id -> (double) from[id] - bar >= least).toArray();
    }
    return softmax(scores, ids, scores[best]);
  }

  private static int[] finite(float[] scores) {
    int[] ids = new int[scores.length];
    int count = 0;
    for (int id = 0; id < scores.length; id++) {
      if (scores[id] != Float.NEGATIVE_INFINITY) {
        ids[count++] = id;
      }
    }
    return Arrays.copyOf(ids, count);
  }

  private static int[] atLeast(float[] scores, int[] ids, float threshold) {
    return Arrays.stream(ids).filter(id -> scores[id] >= threshold).toArray();
  }

  /** The n-th highest score, by a heap of the n best seen so far. */
  private static float nthHighest(float[] scores, int[] ids, int n) {
    float[] heap = new float[n];
    for (int i = 0; i < n; i++) {
      heap[i] = scores[ids[i]];
    }
    Arrays.sort(heap);
    for (int i = n; i < ids.length; i++) {
      float score = scores[ids[i]];
      if (score > heap[0]) {
        siftDown(heap, score);
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

  /**
   * The likeliest ids, until the mass before one reaches {@code topP}. Sorting the whole vocabulary costs milliseconds,
   * so only ids near the best are sorted at first, and more where that did not reach.
   */
  private static int[] nucleus(float[] scores, int[] ids, float best, float topP) {
    double total = 0;
    for (int id : ids) {
      total += Math.exp((double) scores[id] - best);
    }
    double wanted = topP * total;
    for (float depth = NUCLEUS_DEPTH;; depth *= 4) {
      int[] near = atLeast(scores, ids, best - depth);
      long[] order = descending(scores, near);
      double mass = 0;
      int kept = 0;
      while (kept < order.length && mass < wanted) {
        mass += Math.exp((double) scores[(int) order[kept]] - best);
        kept++;
      }
      if (mass >= wanted || near.length == ids.length) {
        int[] nucleus = new int[kept];
        for (int i = 0; i < kept; i++) {
          nucleus[i] = (int) order[i];
        }
        Arrays.sort(nucleus);
        return nucleus;
      }
    }
  }

  /** Ids in the low halves of longs that sort by falling score, then by rising id. */
  private static long[] descending(float[] scores, int[] ids) {
    long[] order = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      // Adding 0 turns -0 into 0, which must be a tie. The bits of a float sort as integers once negatives are flipped.
      int bits = Float.floatToIntBits(scores[ids[i]] + 0f);
      int rising = bits ^ ((bits >> 31) & 0x7fffffff);
      order[i] = ((long) ~rising << 32) | ids[i];
    }
    Arrays.sort(order);
    return order;
  }

  private static Distribution softmax(float[] scores, int[] ids, float best) {
    double[] probabilities = new double[ids.length];
    double total = 0;
    for (int i = 0; i < ids.length; i++) {
      probabilities[i] = Math.exp((double) scores[ids[i]] - best);
      total += probabilities[i];
    }
    for (int i = 0; i < ids.length; i++) {
      probabilities[i] /= total;
    }
    return new Distribution(ids, probabilities);
  }
}

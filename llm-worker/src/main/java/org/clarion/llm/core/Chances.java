package org.clarion.llm.core;

import java.util.Arrays;

/**
 * Log probabilities of the whole vocabulary: natural logarithms of the softmax of logits. Keeps working memory of the
 * vocabulary's size; not thread-safe.
 */
public final class Chances {
  private float[] scratch = new float[0];

  /**
   * Likeliest ids, of equals the lowest.
   *
   * @param ids
   *          best first
   * @param logProbabilities
   *          of the ids
   */
  public record Likeliest(int[] ids, float[] logProbabilities) {
    /** No ids. */
    public static final Likeliest NONE = new Likeliest(new int[0], new float[0]);
  }

  /** Logarithm of the sum of exponentials: what to subtract from a logit. NaN counts as impossible. */
  public double normaliser(float[] logits) {
    reserve(logits.length);
    float best = logits[Sampler.argmax(logits)];
    if (Float.isInfinite(best) || Float.isNaN(best)) {
      return Float.isNaN(best) ? 0 : best;
    }
    Scores.weigh(logits, best, scratch, logits.length);
    double total = Scores.sum(scratch, 0, logits.length);
    if (Double.isNaN(total)) {
      total = 0;
      for (int id = 0; id < logits.length; id++) {
        total += Float.isNaN(logits[id]) ? 0 : scratch[id];
      }
    }
    return best + Math.log(total);
  }

  /**
   * The {@code count} highest scores, or all if there are fewer, less what normalises them.
   *
   * @param scores
   *          [vocabulary], free of NaN
   */
  public Likeliest likeliest(float[] scores, int count, double normaliser) {
    int wanted = Math.min(count, scores.length);
    if (wanted == 0) {
      return Likeliest.NONE;
    }
    reserve(scores.length);
    float threshold = Scores.nthHighest(scores, scores.length, wanted, scratch);
    int[] near = new int[2 * wanted];
    int found = 0;
    for (int id = 0; id < scores.length; id++) {
      if (scores[id] >= threshold) {
        if (found == near.length) {
          near = Arrays.copyOf(near, 2 * found);
        }
        near[found++] = id;
      }
    }
    long[] order = Scores.descending(scores, near, found);
    int[] ids = new int[wanted];
    float[] logs = new float[wanted];
    for (int i = 0; i < wanted; i++) {
      ids[i] = (int) order[i];
      logs[i] = (float) (scores[ids[i]] - normaliser);
    }
    return new Likeliest(ids, logs);
  }

  /** Makes NaN impossible. */
  public static void clean(float[] scores) {
    for (int id = 0; id < scores.length; id++) {
      scores[id] = Float.isNaN(scores[id]) ? Float.NEGATIVE_INFINITY : scores[id];
    }
  }

  private void reserve(int size) {
    if (scratch.length < size) {
      scratch = new float[size];
    }
  }
}

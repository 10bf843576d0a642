package org.clarion.llm.core;

import java.util.Arrays;

/**
 * From logits to a token: bias -> penalties -> temperature -> top-k -> top-p -> min-p -> choice, each cut on what the
 * one before left. The result depends on nothing but the arguments, so that the same sequence gets the same text in any
 * batch.
 *
 * <p>
 * Scaled logits are float32 as in PyTorch. Of equal logits at a top-p border the lower ids stay. NaN counts as
 * impossible; when no id is possible the result is {@link #argmax}'s.
 *
 * <p>
 * Keeps working memory of the vocabulary's size; not thread-safe.
 */
public final class Sampler {
  /** Below the best score by more than this an id rarely matters; the first guess of where a nucleus ends. */
  private static final float NUCLEUS_DEPTH = 4;
  /** Ids whose weights are added up at once when walking to the chosen one. */
  private static final int STRIDE = 512;

  /** Logits divided by the temperature, by id. */
  private float[] scores = new float[0];
  /** Each score's exponential relative to the best one's, by id, where it is needed. */
  private float[] weights = new float[0];
  private int[] counts = new int[0];
  /** The ids that are left, ascending; without meaning while all are. */
  private int[] ids = new int[0];
  private int kept;
  private boolean all;

  /**
   * Chooses the token for a position.
   *
   * @param logits
   *          [vocabulary]; changed
   * @param answer
   *          what penalties count
   * @param position
   *          absolute position that the token will have in its sequence
   */
  public int sample(float[] logits, Sampling sampling, AnswerTokens answer, long position) {
    adjust(logits, sampling, answer);
    if (sampling.greedy()) {
      return argmax(logits);
    }
    cut(logits, sampling);
    return choose(CounterRandom.uniform(sampling.seed(), position));
  }

  /** The id with the highest logit, the lowest of equals. */
  public static int argmax(float[] logits) {
    float best = Scores.max(logits, logits.length);
    if (Float.isNaN(best)) {
      best = Float.NEGATIVE_INFINITY;
      for (float logit : logits) {
        best = logit > best ? logit : best;
      }
    }
    for (int id = 0; id < logits.length; id++) {
      if (logits[id] == best) {
        return id;
      }
    }
    return 0;
  }

  /** Applies bias and penalties in place, the penalties once for each distinct id. */
  public void adjust(float[] logits, Sampling sampling, AnswerTokens answer) {
    sampling.bias().forEach((id, bias) -> logits[id] += bias);
    Sampling.Penalties penalties = sampling.penalties();
    if (!penalties.any()) {
      return;
    }
    if (counts.length < logits.length) {
      counts = new int[logits.length];
    }
    for (int i = 0; i < answer.length(); i++) {
      counts[answer.id(i)]++;
    }
    for (int i = 0; i < answer.length(); i++) {
      int id = answer.id(i);
      if (counts[id] > 0) {
        float logit = logits[id] < 0 ? logits[id] * penalties.repetition() : logits[id] / penalties.repetition();
        logits[id] = logit - counts[id] * penalties.frequency() - penalties.presence();
        counts[id] = 0;
      }
    }
  }

  /**
   * What temperature and cuts leave.
   *
   * @param logits
   *          after {@link #adjust}; unchanged
   * @throws IllegalArgumentException
   *           for greedy sampling, which has no distribution
   */
  public Distribution distribution(float[] logits, Sampling sampling) {
    if (sampling.greedy()) {
      throw new IllegalArgumentException("a distribution needs a temperature above 0");
    }
    cut(logits, sampling);
    if (all) {
      gather(-Float.MAX_VALUE, logits.length);
    }
    int[] left = Arrays.copyOf(ids, kept);
    double total = 0;
    for (int id : left) {
      total += weights[id];
    }
    double[] probabilities = new double[kept];
    for (int i = 0; i < kept; i++) {
      probabilities[i] = weights[left[i]] / total;
    }
    return new Distribution(left, probabilities);
  }

  /** Leaves the ids that may be chosen, with their weights. */
  private void cut(float[] logits, Sampling sampling) {
    int size = logits.length;
    reserve(size);
    float temperature = sampling.temperature();
    for (int id = 0; id < size; id++) {
      scores[id] = logits[id] / temperature;
    }
    float best = Scores.max(scores, size);
    if (Float.isNaN(best)) {
      for (int id = 0; id < size; id++) {
        scores[id] = Float.isNaN(scores[id]) ? Float.NEGATIVE_INFINITY : scores[id];
      }
      best = Scores.max(scores, size);
    }
    // One id stays alone where there is no other possible or the best is infinitely better.
    if (size == 0 || Float.isInfinite(best)) {
      only(argmax(Arrays.copyOf(scores, size)));
      return;
    }
    Sampling.Cut cut = sampling.cut();
    all = true;
    kept = size;
    if (cut.topK() > 0 && cut.topK() < size) {
      gather(Math.max(Scores.nthHighest(scores, size, cut.topK(), weights), -Float.MAX_VALUE), size);
    }
    if (cut.topP() < 1) {
      weigh(best);
      nucleus(best, cut.topP());
    }
    if (cut.minP() > 0) {
      atLeast(best, cut.minP(), size);
    }
    if (cut.topP() == 1) {
      weigh(best);
    }
  }

  private void reserve(int size) {
    if (scores.length < size) {
      scores = new float[size];
      weights = new float[size];
      ids = new int[size];
    }
  }

  private void only(int id) {
    all = false;
    reserve(1);
    ids[0] = id;
    weights[id] = 1;
    kept = 1;
  }

  /** Leaves the ids from a score on. */
  private void gather(float threshold, int size) {
    int count = 0;
    for (int id = 0; id < size; id++) {
      if (scores[id] >= threshold) {
        ids[count++] = id;
      }
    }
    kept = count;
    all = false;
  }

  private void weigh(float best) {
    if (all) {
      Scores.weigh(scores, best, weights, kept);
    } else {
      for (int i = 0; i < kept; i++) {
        weights[ids[i]] = Scores.exp(scores[ids[i]] - best);
      }
    }
  }

  private double mass() {
    if (all) {
      return Scores.sum(weights, 0, kept);
    }
    double total = 0;
    for (int i = 0; i < kept; i++) {
      total += weights[ids[i]];
    }
    return total;
  }

  /**
   * Leaves the likeliest ids, until the mass before one reaches {@code topP}. Sorting the whole vocabulary costs
   * milliseconds, so only ids near the best are sorted at first, and more where that did not reach.
   */
  private void nucleus(float best, float topP) {
    double wanted = topP * mass();
    int[] near = new int[Math.min(kept, 1024)];
    for (float depth = NUCLEUS_DEPTH;; depth *= 2) {
      int count = 0;
      double within = 0;
      for (int i = 0; i < kept; i++) {
        int id = all ? i : ids[i];
        if (scores[id] >= best - depth) {
          if (count == near.length) {
            near = Arrays.copyOf(near, Math.min(kept, 4 * count));
          }
          near[count++] = id;
          within += weights[id];
        }
      }
      if (within >= wanted || count == kept || Float.isInfinite(depth)) {
        long[] order = Scores.descending(scores, near, count);
        double mass = 0;
        int end = 0;
        while (end < count && mass < wanted) {
          mass += weights[(int) order[end]];
          ids[end] = (int) order[end];
          end++;
        }
        Arrays.sort(ids, 0, end);
        kept = end;
        all = false;
        return;
      }
    }
  }

  private void atLeast(float best, float minP, int size) {
    double least = minP == 1 ? 0 : Math.log(minP);
    if (all) {
      gather(-Float.MAX_VALUE, size);
    }
    int count = 0;
    for (int i = 0; i < kept; i++) {
      int id = ids[i];
      if ((double) scores[id] - best >= least) {
        ids[count++] = id;
      }
    }
    kept = count;
  }

  /** The id in whose part of [0, 1) a number falls, the ids' parts lying in ascending order. */
  private int choose(double uniform) {
    double target = uniform * mass();
    int at = 0;
    double before = 0;
    if (all) {
      while (at + STRIDE < kept) {
        double more = Scores.sum(weights, at, at + STRIDE);
        if (before + more > target) {
          break;
        }
        before += more;
        at += STRIDE;
      }
    }
    for (int i = at; i < kept; i++) {
      float weight = weights[all ? i : ids[i]];
      before += weight;
      if (weight > 0 && target < before) {
        return all ? i : ids[i];
      }
    }
    // Rounding may leave the sum a little below the target.
    int last = kept - 1;
    while (weights[all ? last : ids[last]] <= 0) {
      last--;
    }
    return all ? last : ids[last];
  }
}

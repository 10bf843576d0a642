package org.clarion.training.metric;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * BLEU with one reference as the sacrebleu package computes it with its defaults: tokenisation 13a, case kept,
 * exponential smoothing. Pure.
 */
public final class Bleu {
  /** Longest runs of words that are counted. */
  public static final int ORDER = 4;

  private static final Pattern PUNCTUATION = Pattern.compile("([\\{-\\~\\[-\\` -\\&\\(-\\+\\:-\\@\\/])");
  private static final Pattern BEFORE_MARK = Pattern.compile("([^0-9])([.,])");
  private static final Pattern AFTER_MARK = Pattern.compile("([.,])([^0-9])");
  private static final Pattern DASH = Pattern.compile("([0-9])(-)");

  private Bleu() {}

  /**
   * A BLEU score.
   *
   * @param score
   *          0 to 100
   * @param counts
   *          runs of one to four words that the reference has too
   * @param totals
   *          all runs of the prediction
   * @param precisions
   *          smoothed, per cent
   * @param brevityPenalty
   *          0 to 1
   */
  public record Score(double score, List<Integer> counts, List<Integer> totals, List<Double> precisions,
      double brevityPenalty) {}

  /** One pair, by as many orders as the prediction is long. */
  public static Score sentence(String reference, String prediction) {
    return score(List.of(Counts.of(reference, prediction)), true);
  }

  /**
   * A whole set: counts are added before the score is made.
   *
   * @throws IllegalArgumentException
   *           when there are not as many predictions as references
   */
  public static Score corpus(List<String> references, List<String> predictions) {
    requireEqual(references, predictions);
    return corpus(IntStream.range(0, references.size()).mapToObj(i -> Counts.of(references.get(i), predictions.get(i)))
        .toList());
  }

  /** Words and marks as mteval-v13a separates them. */
  static List<String> tokens(String text) {
    String line = PythonText.stripTrailing(text).replace("<skipped>", "").replace("-\n", "").replace("\n", " ");
    if (line.indexOf('&') >= 0) {
      line = line.replace("&quot;", "\"").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
    }
    line = PUNCTUATION.matcher(" " + line + " ").replaceAll(" $1 ");
    line = BEFORE_MARK.matcher(line).replaceAll("$1 $2 ");
    line = AFTER_MARK.matcher(line).replaceAll(" $1 $2");
    line = DASH.matcher(line).replaceAll("$1 $2 ");
    return Arrays.stream(PythonText.split(line)).toList();
  }

  static void requireEqual(List<String> references, List<String> predictions) {
    if (references.size() != predictions.size()) {
      throw new IllegalArgumentException(
          references.size() + " references cannot be compared with " + predictions.size() + " predictions");
    }
  }

  /**
   * What a pair adds to the score of its set.
   *
   * @param common
   *          runs of one to four words that the reference has too
   * @param totals
   *          all runs of the prediction
   * @param predicted
   *          words of the prediction
   * @param expected
   *          words of the reference
   */
  public record Counts(List<Integer> common, List<Integer> totals, int predicted, int expected) {
    /** Counts one pair. */
    public static Counts of(String reference, String prediction) {
      List<String> expected = tokens(reference);
      List<String> actual = tokens(prediction);
      List<Integer> common = new ArrayList<>();
      List<Integer> totals = new ArrayList<>();
      for (int n = 1; n <= ORDER; n++) {
        common.add(NGrams.common(NGrams.count(actual, n), NGrams.count(expected, n)));
        totals.add(NGrams.total(actual.size(), n));
      }
      return new Counts(List.copyOf(common), List.copyOf(totals), actual.size(), expected.size());
    }
  }

  /** A set whose pairs have been counted already. */
  public static Score corpus(List<Counts> pairs) {
    return score(pairs, false);
  }

  private static Score score(List<Counts> pairs, boolean effectiveOrder) {
    int[] common = new int[ORDER];
    int[] totals = new int[ORDER];
    int predicted = 0;
    int expected = 0;
    for (Counts pair : pairs) {
      for (int i = 0; i < ORDER; i++) {
        common[i] += pair.common().get(i);
        totals[i] += pair.totals().get(i);
      }
      predicted += pair.predicted();
      expected += pair.expected();
    }
    double[] precisions = new double[ORDER];
    double penalty = penalty(predicted, expected);
    boolean any = Arrays.stream(common).anyMatch(count -> count > 0);
    int order = ORDER;
    double smoothing = 1;
    for (int i = 0; any && i < ORDER && totals[i] > 0; i++) {
      order = effectiveOrder ? i + 1 : ORDER;
      if (common[i] == 0) {
        smoothing *= 2;
        precisions[i] = 100 / (smoothing * totals[i]);
      } else {
        precisions[i] = 100.0 * common[i] / totals[i];
      }
    }
    double logarithms = 0;
    for (int i = 0; i < order; i++) {
      // A precision of nothing makes the whole score nothing.
      logarithms += precisions[i] == 0 ? Double.NEGATIVE_INFINITY : Math.log(precisions[i]);
    }
    return new Score(any ? penalty * Math.exp(logarithms / order) : 0, boxed(common), boxed(totals), Arrays.stream(
        precisions).boxed().toList(), penalty);
  }

  private static double penalty(int predicted, int expected) {
    if (predicted >= expected) {
      return 1;
    }
    return predicted > 0 ? Math.exp(1 - (double) expected / predicted) : 0;
  }

  private static List<Integer> boxed(int[] values) {
    return Arrays.stream(values).boxed().toList();
  }
}

package org.clarion.training.metric;

import java.util.List;
import java.util.Map;

/**
 * chrF2 with one reference as the sacrebleu package computes it with its defaults: runs of one to six characters,
 * spaces left out, case kept, recall weighs twice as much as precision. Pure.
 */
public final class ChrF {
  private static final int ORDER = 6;
  private static final double BETA_SQUARED = 4;

  private ChrF() {}

  /** One pair, 0 to 100. */
  public static double sentence(String reference, String prediction) {
    Statistics statistics = new Statistics();
    statistics.add(reference, prediction);
    return statistics.score();
  }

  /**
   * A whole set: counts are added before the score is made. 0 to 100.
   *
   * @throws IllegalArgumentException
   *           when there are not as many predictions as references
   */
  public static double corpus(List<String> references, List<String> predictions) {
    Bleu.requireEqual(references, predictions);
    Statistics statistics = new Statistics();
    for (int i = 0; i < references.size(); i++) {
      statistics.add(references.get(i), predictions.get(i));
    }
    return statistics.score();
  }

  private static final class Statistics {
    private final long[] predicted = new long[ORDER];
    private final long[] expected = new long[ORDER];
    private final long[] common = new long[ORDER];

    void add(String reference, String prediction) {
      List<Integer> expectedCharacters = characters(reference);
      List<Integer> actualCharacters = characters(prediction);
      for (int n = 1; n <= ORDER; n++) {
        Map<List<Integer>, Integer> runs = NGrams.count(expectedCharacters, n);
        // The reference implementation leaves out a prediction's runs where the reference has none so long.
        predicted[n - 1] += runs.isEmpty() ? 0 : NGrams.total(actualCharacters.size(), n);
        expected[n - 1] += NGrams.total(expectedCharacters.size(), n);
        common[n - 1] += NGrams.common(NGrams.count(actualCharacters, n), runs);
      }
    }

    double score() {
      double precision = 0;
      double recall = 0;
      int orders = 0;
      for (int i = 0; i < ORDER; i++) {
        if (predicted[i] > 0 && expected[i] > 0) {
          precision += (double) common[i] / predicted[i];
          recall += (double) common[i] / expected[i];
          orders++;
        }
      }
      if (orders == 0 || precision + recall == 0) {
        return 0;
      }
      precision /= orders;
      recall /= orders;
      return 100 * (1 + BETA_SQUARED) * precision * recall / (BETA_SQUARED * precision + recall);
    }

    private static List<Integer> characters(String text) {
      return PythonText.joined(text).codePoints().boxed().toList();
    }
  }
}

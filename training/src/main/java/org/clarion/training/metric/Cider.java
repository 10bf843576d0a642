package org.clarion.training.metric;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * CIDEr-D (Vedantam et al., 2015) with one reference a picture, as pycocoevalcap scores it: runs of one to four words
 * weighted by how rare they are among the references, clipped at the reference's, with a Gaussian penalty of unequal
 * length. Words are those of {@link Words} without stemming, where pycocoevalcap leaves the choice to its caller. Pure.
 */
public final class Cider {
  private static final int ORDER = 4;
  private static final double SIGMA = 6;

  private final List<String> references;
  private final Map<List<String>, Integer> documents = new HashMap<>();
  private final double logDocuments;

  /**
   * Weighs words by these references.
   *
   * @param references
   *          of all pictures; a single one makes every word weightless
   */
  public Cider(List<String> references) {
    this.references = List.copyOf(references);
    this.logDocuments = Math.log(references.size());
    for (String reference : references) {
      List<String> words = Words.of(reference);
      for (int n = 1; n <= ORDER; n++) {
        NGrams.count(words, n).keySet().forEach(run -> documents.merge(List.copyOf(run), 1, Integer::sum));
      }
    }
  }

  /** One score a picture, 0 to 10; their mean is the score of the set. */
  public List<Double> scores(List<String> predictions) {
    Bleu.requireEqual(references, predictions);
    List<Double> scores = new ArrayList<>();
    for (int i = 0; i < references.size(); i++) {
      scores.add(score(Words.of(references.get(i)), Words.of(predictions.get(i))));
    }
    return scores;
  }

  private double score(List<String> expected, List<String> actual) {
    // Lengths are those of the runs of two words, as in the reference implementation.
    double longer = NGrams.total(actual.size(), 2) - (double) NGrams.total(expected.size(), 2);
    double penalty = Math.exp(-longer * longer / (2 * SIGMA * SIGMA));
    double sum = 0;
    for (int n = 1; n <= ORDER; n++) {
      Map<List<String>, Double> expectedWeights = weights(expected, n);
      Map<List<String>, Double> actualWeights = weights(actual, n);
      double norms = norm(expectedWeights) * norm(actualWeights);
      double product = 0;
      for (Map.Entry<List<String>, Double> entry : actualWeights.entrySet()) {
        double other = expectedWeights.getOrDefault(entry.getKey(), 0.0);
        product += Math.min(entry.getValue(), other) * other;
      }
      sum += (norms == 0 ? product : product / norms) * penalty;
    }
    return 10 * sum / ORDER;
  }

  private Map<List<String>, Double> weights(List<String> words, int n) {
    Map<List<String>, Double> weights = new HashMap<>();
    NGrams.count(words, n).forEach((run, count) -> weights.put(run, count * (logDocuments - Math.log(Math.max(1,
        documents.getOrDefault(run, 0))))));
    return weights;
  }

  private static double norm(Map<List<String>, Double> weights) {
    return Math.sqrt(weights.values().stream().mapToDouble(weight -> weight * weight).sum());
  }
}

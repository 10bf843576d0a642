package org.clarion.training.metric;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs of neighbouring words or characters, counted. */
final class NGrams {
  private NGrams() {}

  /** How often each run of {@code n} elements occurs. */
  static <T> Map<List<T>, Integer> count(List<T> elements, int n) {
    Map<List<T>, Integer> counts = new HashMap<>();
    for (int i = 0; i + n <= elements.size(); i++) {
      counts.merge(elements.subList(i, i + n), 1, Integer::sum);
    }
    return counts;
  }

  /** Runs that both have, each as often as the rarer of the two. */
  static <T> int common(Map<List<T>, Integer> one, Map<List<T>, Integer> other) {
    int common = 0;
    for (Map.Entry<List<T>, Integer> entry : one.entrySet()) {
      common += Math.min(entry.getValue(), other.getOrDefault(entry.getKey(), 0));
    }
    return common;
  }

  /** How many runs there are. */
  static int total(int elements, int n) {
    return Math.max(0, elements - n + 1);
  }
}

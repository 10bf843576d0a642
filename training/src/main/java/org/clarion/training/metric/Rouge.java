package org.clarion.training.metric;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * ROUGE as the rouge-score package computes it. Pure.
 *
 * @param stemmed
 *          whether words are compared by their stems
 */
public record Rouge(boolean stemmed) {
  private static final Pattern LINE_END = Pattern.compile("\n");

  /** The four usual figures of one pair. */
  public record Scores(Overlap rouge1, Overlap rouge2, Overlap rougeL, Overlap rougeLsum) {}

  /** All four of one pair. */
  public Scores score(String reference, String prediction) {
    List<String> expected = Words.of(reference, stemmed);
    List<String> actual = Words.of(prediction, stemmed);
    return new Scores(n(expected, actual, 1), n(expected, actual, 2), longest(expected, actual),
        summary(lines(reference), lines(prediction)));
  }

  private static Overlap n(List<String> expected, List<String> actual, int n) {
    int common = NGrams.common(NGrams.count(expected, n), NGrams.count(actual, n));
    return Overlap.ofCounts(common, NGrams.total(actual.size(), n), NGrams.total(expected.size(), n));
  }

  private static Overlap longest(List<String> expected, List<String> actual) {
    return Overlap.ofCounts(table(expected, actual)[expected.size()][actual.size()], actual.size(), expected.size());
  }

  private List<List<String>> lines(String text) {
    return LINE_END.splitAsStream(text).map(line -> Words.of(line, stemmed)).toList();
  }

  /** ROUGE-Lsum: every line of the reference by the union of its common subsequences with all predicted lines. */
  private static Overlap summary(List<List<String>> expected, List<List<String>> actual) {
    Map<String, Integer> expectedLeft = counts(expected);
    Map<String, Integer> actualLeft = counts(actual);
    int hits = 0;
    for (List<String> line : expected) {
      for (String word : union(line, actual)) {
        if (actualLeft.getOrDefault(word, 0) > 0 && expectedLeft.getOrDefault(word, 0) > 0) {
          actualLeft.merge(word, -1, Integer::sum);
          expectedLeft.merge(word, -1, Integer::sum);
          hits++;
        }
      }
    }
    return Overlap.ofCounts(hits, actual.stream().mapToInt(List::size).sum(), expected.stream().mapToInt(List::size)
        .sum());
  }

  private static Map<String, Integer> counts(List<List<String>> lines) {
    Map<String, Integer> counts = new HashMap<>();
    lines.forEach(line -> line.forEach(word -> counts.merge(word, 1, Integer::sum)));
    return counts;
  }

  private static List<String> union(List<String> line, List<List<String>> others) {
    BitSet places = new BitSet();
    others.forEach(other -> mark(line, other, places));
    List<String> words = new ArrayList<>();
    places.stream().forEach(place -> words.add(line.get(place)));
    return words;
  }

  /** Marks the places of one longest common subsequence; of several the one that the reference's way back finds. */
  private static void mark(List<String> line, List<String> other, BitSet places) {
    int[][] table = table(line, other);
    int i = line.size();
    int j = other.size();
    while (i > 0 && j > 0) {
      if (line.get(i - 1).equals(other.get(j - 1))) {
        places.set(i - 1);
        i--;
        j--;
      } else if (table[i][j - 1] > table[i - 1][j]) {
        j--;
      } else {
        i--;
      }
    }
  }

  /** Lengths of longest common subsequences of all prefixes. */
  private static int[][] table(List<String> one, List<String> other) {
    int[][] table = new int[one.size() + 1][other.size() + 1];
    for (int i = 1; i <= one.size(); i++) {
      for (int j = 1; j <= other.size(); j++) {
        table[i][j] = one.get(i - 1).equals(other.get(j - 1))
            ? table[i - 1][j - 1] + 1
            : Math.max(table[i - 1][j], table[i][j - 1]);
      }
    }
    return table;
  }
}

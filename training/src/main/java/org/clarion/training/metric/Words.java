package org.clarion.training.metric;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The words of a text as the rouge-score package cuts them: lower case, runs of ASCII letters and digits. */
public final class Words {
  /** Shorter words are left alone by the stemmer. */
  private static final int STEMMED_FROM = 4;

  private Words() {}

  /** Words in order. */
  public static List<String> of(String text) {
    return of(text, false);
  }

  /** Words in order, those of four letters and more reduced to their stems where asked for. */
  public static List<String> of(String text, boolean stemmed) {
    List<String> words = new ArrayList<>();
    String lower = text.toLowerCase(Locale.ROOT);
    int start = -1;
    for (int i = 0; i <= lower.length(); i++) {
      boolean part = i < lower.length() && isPart(lower.charAt(i));
      if (part && start < 0) {
        start = i;
      } else if (!part && start >= 0) {
        String word = lower.substring(start, i);
        words.add(stemmed && word.length() >= STEMMED_FROM ? PorterStemmer.stem(word) : word);
        start = -1;
      }
    }
    return words;
  }

  private static boolean isPart(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  }
}

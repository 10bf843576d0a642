package org.clarion.training.metric;

import java.util.regex.Pattern;

/** What Python's {@code str.split()} takes for space, so that words come out as the Python packages' do. */
final class PythonText {
  private static final Pattern SPACE = Pattern.compile(
      "[\\t-\\r\\x{1c}-\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}]+");

  private PythonText() {}

  /** The words between spaces. */
  static String[] split(String text) {
    return SPACE.splitAsStream(text).filter(word -> !word.isEmpty()).toArray(String[]::new);
  }

  /** The text without any space. */
  static String joined(String text) {
    return SPACE.matcher(text).replaceAll("");
  }

  /** Without space at its end. */
  static String stripTrailing(String text) {
    int end = text.length();
    while (end > 0 && SPACE.matcher(text.substring(end - 1, end)).matches()) {
      end--;
    }
    return text.substring(0, end);
  }
}

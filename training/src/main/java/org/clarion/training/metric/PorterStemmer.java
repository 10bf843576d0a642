package org.clarion.training.metric;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Porter's algorithm (M. F. Porter, An algorithm for suffix stripping, 1980) with the departures of NLTK's default
 * mode, which the rouge-score package stems with: irregular words, {@code dies} and {@code flies} told apart, {@code y}
 * kept after a lone letter, {@code fulli}, {@code logi} and {@code bli} in step 2. The stemmers of Lucene and OpenNLP
 * keep to the original and so differ. Longer than most files because its rules are a table.
 */
final class PorterStemmer {
  private static final Map<String, String> IRREGULAR = Map.ofEntries(Map.entry("skies", "sky"), Map.entry("sky", "sky"),
      Map.entry("dying", "die"), Map.entry("lying", "lie"), Map.entry("tying", "tie"), Map.entry("news", "news"),
      Map.entry("innings", "inning"), Map.entry("inning", "inning"), Map.entry("outings", "outing"),
      Map.entry("outing", "outing"), Map.entry("cannings", "canning"), Map.entry("canning", "canning"),
      Map.entry("howe", "howe"), Map.entry("proceed", "proceed"), Map.entry("exceed", "exceed"),
      Map.entry("succeed", "succeed"));

  private static final List<Rule> PLURALS = List.of(new Rule("sses", "ss", 0), new Rule("ies", "i", 0),
      new Rule("ss", "ss", 0), new Rule("s", "", 0));
  private static final List<Rule> AFTER_PAST = List.of(new Rule("at", "ate", 0), new Rule("bl", "ble", 0),
      new Rule("iz", "ize", 0));
  private static final List<Rule> DOUBLE_SUFFIXES = List.of(new Rule("ational", "ate", 1),
      new Rule("tional", "tion", 1), new Rule("enci", "ence", 1), new Rule("anci", "ance", 1),
      new Rule("izer", "ize", 1), new Rule("bli", "ble", 1), new Rule("alli", "al", 1),
      new Rule("entli", "ent", 1), new Rule("eli", "e", 1), new Rule("ousli", "ous", 1),
      new Rule("ization", "ize", 1), new Rule("ation", "ate", 1), new Rule("ator", "ate", 1),
      new Rule("alism", "al", 1), new Rule("iveness", "ive", 1), new Rule("fulness", "ful", 1),
      new Rule("ousness", "ous", 1), new Rule("aliti", "al", 1), new Rule("iviti", "ive", 1),
      new Rule("biliti", "ble", 1), new Rule("fulli", "ful", 1),
      // The l counts as part of the stem.
      new Rule("logi", "log", stem -> measure(stem + "l") >= 1));
  private static final List<Rule> THIRD = List.of(new Rule("icate", "ic", 1), new Rule("ative", "", 1),
      new Rule("alize", "al", 1), new Rule("iciti", "ic", 1), new Rule("ical", "ic", 1),
      new Rule("ful", "", 1), new Rule("ness", "", 1));
  private static final List<Rule> FOURTH = List.of(new Rule("al", "", 2), new Rule("ance", "", 2),
      new Rule("ence", "", 2), new Rule("er", "", 2), new Rule("ic", "", 2), new Rule("able", "", 2),
      new Rule("ible", "", 2), new Rule("ant", "", 2), new Rule("ement", "", 2), new Rule("ment", "", 2),
      new Rule("ent", "", 2), new Rule("ion", "", stem -> measure(stem) >= 2 && (stem.endsWith("s")
          || stem.endsWith("t"))),
      new Rule("ou", "", 2), new Rule("ism", "", 2), new Rule("ate", "", 2),
      new Rule("iti", "", 2), new Rule("ous", "", 2), new Rule("ive", "", 2), new Rule("ize", "", 2));

  private PorterStemmer() {}

  /** The first rule of a step whose suffix fits decides, whether its condition holds or not. */
  private record Rule(String suffix, String replacement, Predicate<String> condition) {
    Rule(String suffix, String replacement, int leastMeasure) {
      this(suffix, replacement, stem -> measure(stem) >= leastMeasure);
    }

    static String apply(String word, List<Rule> rules) {
      for (Rule rule : rules) {
        if (word.endsWith(rule.suffix)) {
          String stem = cut(word, rule.suffix.length());
          return rule.condition.test(stem) ? stem + rule.replacement : word;
        }
      }
      return word;
    }
  }

  /** The stem of a lower-case word. */
  static String stem(String word) {
    String irregular = IRREGULAR.get(word);
    if (irregular != null) {
      return irregular;
    }
    if (word.length() <= 2) {
      return word;
    }
    String stem = lastY(pastTense(plural(word)));
    stem = Rule.apply(Rule.apply(doubleSuffix(stem), THIRD), FOURTH);
    return lastDoubleL(lastE(stem));
  }

  private static String plural(String word) {
    return word.endsWith("ies") && word.length() == 4 ? cut(word, 1) : Rule.apply(word, PLURALS);
  }

  private static String pastTense(String word) {
    if (word.endsWith("ied")) {
      return cut(word, word.length() == 4 ? 1 : 2);
    }
    if (word.endsWith("eed")) {
      return measure(cut(word, 3)) > 0 ? cut(word, 1) : word;
    }
    for (String suffix : List.of("ed", "ing")) {
      String stem = word.endsWith(suffix) ? cut(word, suffix.length()) : "";
      if (hasVowel(stem)) {
        return repaired(stem);
      }
    }
    return word;
  }

  private static String repaired(String stem) {
    if (AFTER_PAST.stream().anyMatch(rule -> stem.endsWith(rule.suffix))) {
      return Rule.apply(stem, AFTER_PAST);
    }
    if (endsInDoubleConsonant(stem)) {
      return "lsz".indexOf(stem.charAt(stem.length() - 1)) >= 0 ? stem : cut(stem, 1);
    }
    return measure(stem) == 1 && endsShort(stem) ? stem + "e" : stem;
  }

  private static String lastY(String word) {
    boolean turns = word.length() > 2 && word.endsWith("y") && consonant(word, word.length() - 2);
    return turns ? cut(word, 1) + "i" : word;
  }

  private static String doubleSuffix(String word) {
    return word.endsWith("alli") && measure(cut(word, 4)) >= 1
        ? doubleSuffix(cut(word, 2))
        : Rule.apply(word, DOUBLE_SUFFIXES);
  }

  private static String lastE(String word) {
    if (!word.endsWith("e")) {
      return word;
    }
    String stem = cut(word, 1);
    int measure = measure(stem);
    return measure > 1 || (measure == 1 && !endsShort(stem)) ? stem : word;
  }

  private static String lastDoubleL(String word) {
    return word.endsWith("ll") && measure(cut(word, 1)) > 1 ? cut(word, 1) : word;
  }

  /** Porter's m: how often vowels are followed by consonants. */
  private static int measure(String stem) {
    int measure = 0;
    for (int i = 1; i < stem.length(); i++) {
      measure += !consonant(stem, i - 1) && consonant(stem, i) ? 1 : 0;
    }
    return measure;
  }

  private static boolean hasVowel(String stem) {
    for (int i = 0; i < stem.length(); i++) {
      if (!consonant(stem, i)) {
        return true;
      }
    }
    return false;
  }

  private static boolean endsInDoubleConsonant(String word) {
    int last = word.length() - 1;
    return last >= 1 && word.charAt(last) == word.charAt(last - 1) && consonant(word, last);
  }

  /** Porter's *o, consonant, vowel, consonant other than w, x or y; and, of NLTK, a word of vowel and consonant. */
  private static boolean endsShort(String word) {
    int last = word.length() - 1;
    if (last >= 2) {
      return consonant(word, last - 2) && !consonant(word, last - 1) && consonant(word, last)
          && "wxy".indexOf(word.charAt(last)) < 0;
    }
    return last == 1 && !consonant(word, 0) && consonant(word, 1);
  }

  /** A y is a consonant at the start and after a vowel. */
  private static boolean consonant(String word, int at) {
    return switch (word.charAt(at)) {
      case 'a', 'e', 'i', 'o', 'u' -> false;
      case 'y' -> at == 0 || !consonant(word, at - 1);
      default -> true;
    };
  }

  private static String cut(String word, int letters) {
    return word.substring(0, word.length() - letters);
  }
}

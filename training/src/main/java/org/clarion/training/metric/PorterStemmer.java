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

  private static final Predicate<String> ALWAYS = _ -> true;
  private static final Predicate<String> SOME = stem -> measure(stem) > 0;
  private static final Predicate<String> MORE = stem -> measure(stem) > 1;

  private static final List<Rule> PLURALS = List.of(new Rule("sses", "ss", ALWAYS), new Rule("ies", "i", ALWAYS),
      new Rule("ss", "ss", ALWAYS), new Rule("s", "", ALWAYS));
  private static final List<Rule> AFTER_PAST = List.of(new Rule("at", "ate", ALWAYS), new Rule("bl", "ble", ALWAYS),
      new Rule("iz", "ize", ALWAYS));
  private static final List<Rule> DOUBLE_SUFFIXES = List.of(new Rule("ational", "ate", SOME),
      new Rule("tional", "tion", SOME), new Rule("enci", "ence", SOME), new Rule("anci", "ance", SOME),
      new Rule("izer", "ize", SOME), new Rule("bli", "ble", SOME), new Rule("alli", "al", SOME),
      new Rule("entli", "ent", SOME), new Rule("eli", "e", SOME), new Rule("ousli", "ous", SOME),
      new Rule("ization", "ize", SOME), new Rule("ation", "ate", SOME), new Rule("ator", "ate", SOME),
      new Rule("alism", "al", SOME), new Rule("iveness", "ive", SOME), new Rule("fulness", "ful", SOME),
      new Rule("ousness", "ous", SOME), new Rule("aliti", "al", SOME), new Rule("iviti", "ive", SOME),
      new Rule("biliti", "ble", SOME), new Rule("fulli", "ful", SOME),
      // The l counts as part of the stem.
      new Rule("logi", "log", stem -> measure(stem + "l") > 0));
  private static final List<Rule> THIRD = List.of(new Rule("icate", "ic", SOME), new Rule("ative", "", SOME),
      new Rule("alize", "al", SOME), new Rule("iciti", "ic", SOME), new Rule("ical", "ic", SOME),
      new Rule("ful", "", SOME), new Rule("ness", "", SOME));
  private static final List<Rule> FOURTH = List.of(new Rule("al", "", MORE), new Rule("ance", "", MORE),
      new Rule("ence", "", MORE), new Rule("er", "", MORE), new Rule("ic", "", MORE), new Rule("able", "", MORE),
      new Rule("ible", "", MORE), new Rule("ant", "", MORE), new Rule("ement", "", MORE), new Rule("ment", "", MORE),
      new Rule("ent", "", MORE), new Rule("ion", "", stem -> MORE.test(stem) && (stem.endsWith("s")
          || stem.endsWith("t"))), new Rule("ou", "", MORE), new Rule("ism", "", MORE), new Rule("ate", "", MORE),
      new Rule("iti", "", MORE), new Rule("ous", "", MORE), new Rule("ive", "", MORE), new Rule("ize", "", MORE));

  private PorterStemmer() {}

  /** The first rule of a step whose suffix fits decides, whether its condition holds or not. */
  private record Rule(String suffix, String replacement, Predicate<String> condition) {
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
    return word.endsWith("alli") && SOME.test(cut(word, 4))
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

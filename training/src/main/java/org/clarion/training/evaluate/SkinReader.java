package org.clarion.training.evaluate;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.clarion.training.phantom.Concept;
import org.clarion.training.phantom.Disease;

/** Reads clinical concepts and named diseases out of a text about a skin photo, by rules. Pure. */
public final class SkinReader {
  private static final Map<Concept, Pattern> CONCEPTS = terms(Concept.class, Concept::mentions);
  private static final Map<Disease, Pattern> DISEASES = terms(Disease.class, Disease::mentions);
  private static final Pattern ADVICE = Pattern.compile(
      "\\b(?:advis|recommend|refer(?:ral|red)?\\b|consult|see a (?:doctor|dermatologist)|ask (?:a|about|your)|treatment|treated|biopsy|emollient|protect|avoid|watch for|keep (?:it|the))");

  private SkinReader() {}

  /** Concepts that the text does not deny. */
  public static Set<Concept> concepts(String text) {
    Set<Concept> found = EnumSet.noneOf(Concept.class);
    places(text, CONCEPTS).forEach((concept, _) -> found.add(concept));
    return found;
  }

  /** Diseases that the text does not deny, in the order in which it first names them: its differential. */
  public static List<Disease> diseases(String text) {
    return places(text, DISEASES).entrySet().stream().sorted(Map.Entry.comparingByValue()).map(Map.Entry::getKey)
        .toList();
  }

  /** Whether it says what to do. */
  public static boolean advises(String text) {
    return Sentence.of(text).stream().anyMatch(sentence -> ADVICE.matcher(sentence.text()).find());
  }

  /** Where each thing is first mentioned and not denied; words of a longer mention do not count by themselves. */
  private static <E extends Enum<E>> Map<E, Integer> places(String text, Map<E, Pattern> terms) {
    Map<E, Integer> first = new LinkedHashMap<>();
    int offset = 0;
    for (Sentence sentence : Sentence.of(text)) {
      Map<E, List<MatchResult>> found = new LinkedHashMap<>();
      terms.forEach((term, pattern) -> found.put(term, sentence.find(pattern)));
      List<MatchResult> all = found.values().stream().flatMap(List::stream).toList();
      for (Map.Entry<E, List<MatchResult>> entry : found.entrySet()) {
        for (MatchResult place : entry.getValue()) {
          boolean within = all.stream().anyMatch(other -> other.start() <= place.start() && other.end() >= place.end()
              && other.end() - other.start() > place.end() - place.start());
          if (!within && sentence.certainty(place.start(), place.end(), all) != Certainty.DENIED) {
            first.putIfAbsent(entry.getKey(), offset + place.start());
          }
        }
      }
      offset += sentence.text().length();
    }
    return first;
  }

  private static <E extends Enum<E>> Map<E, Pattern> terms(Class<E> type, Function<E, List<String>> mentions) {
    Map<E, Pattern> terms = new EnumMap<>(type);
    for (E value : type.getEnumConstants()) {
      List<String> phrases = new ArrayList<>(mentions.apply(value));
      phrases.sort((one, other) -> other.length() - one.length());
      Stream<String> quoted = phrases.stream().map(Pattern::quote);
      terms.put(value, Sentence.anyOf(quoted));
    }
    return terms;
  }
}

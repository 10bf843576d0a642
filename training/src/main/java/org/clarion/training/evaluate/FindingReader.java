package org.clarion.training.evaluate;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.clarion.training.phantom.Finding;
import org.clarion.training.phantom.Side;

/**
 * Reads findings out of a report by rules, with side and denial, whatever wording it chooses: what the generator of
 * synthetic reports may write, and what radiologists do. A rule-based labeller, no CheXbert. Pure.
 */
public final class FindingReader {
  private static final Map<Finding, Pattern> TERMS = terms();

  private static final Pattern NORMAL_HEART = Pattern.compile(
      "\\b(?:heart|cardiac|cardiomediastinal)\\b[^.,;]{0,40}?\\b(?:normal|unremarkable|not enlarged)\\b|\\bnormal (?:heart|cardiac|cardiomediastinal)\\b");
  private static final Pattern CLEAR_LUNGS = Pattern.compile(
      "\\blungs?(?: fields?)?(?: \\w+){0,3} clear\\b|\\bclear lungs?\\b");
  private static final Pattern SHARP_ANGLES = Pattern.compile(
      "\\bcostophrenic (?:angles?|sulci|sulcus)(?: \\w+){0,3} (?:sharp|clear|preserved|free)\\b");

  private static final Pattern NORMAL = Pattern.compile(
      "\\b(?:normal|unremarkable|no (?:acute|significant|abnormal\\w*|finding\\w*)|without abnormalit\\w+|nothing abnormal)\\b");

  private FindingReader() {}

  /** Whether a report calls anything normal, or denies abnormality in general. */
  static boolean callsNormal(String report) {
    return Sentence.of(report).stream().anyMatch(sentence -> NORMAL.matcher(sentence.text()).find());
  }

  /** Every mention, in order. */
  public static List<FindingMention> read(String report) {
    List<FindingMention> mentions = new ArrayList<>();
    Sentence.of(report).forEach(sentence -> read(sentence, mentions));
    return mentions;
  }

  /**
   * What a report says is there, perhaps or for certain, and on which sides.
   *
   * @return sides, which may be none, of each finding
   */
  public static Map<Finding, Set<Side>> present(List<FindingMention> mentions) {
    Map<Finding, Set<Side>> present = new EnumMap<>(Finding.class);
    for (FindingMention mention : mentions) {
      if (mention.certainty() != Certainty.DENIED) {
        present.merge(mention.finding(), mention.sides(), FindingReader::union);
      }
    }
    return present;
  }

  /** Findings that a report affirms and denies on the same side; what it says without a side speaks of every side. */
  public static long contradictions(List<FindingMention> mentions) {
    return mentions.stream().filter(one -> one.certainty() == Certainty.AFFIRMED && mentions.stream().anyMatch(
        other -> other.certainty() == Certainty.DENIED && other.finding() == one.finding() && (other.sides().isEmpty()
            || other.sides().stream().anyMatch(one.sides()::contains))))
        .map(FindingMention::finding).distinct().count();
  }

  private static Set<Side> union(Set<Side> one, Set<Side> other) {
    return Set.copyOf(Stream.concat(one.stream(), other.stream()).toList());
  }

  private static void read(Sentence sentence, List<FindingMention> mentions) {
    Map<Finding, List<MatchResult>> places = new EnumMap<>(Finding.class);
    TERMS.forEach((finding, term) -> places.put(finding, sentence.find(term)));
    List<MatchResult> all = places.values().stream().flatMap(List::stream).toList();
    places.forEach((finding, found) -> found.forEach(place -> mentions.add(new FindingMention(finding, sentence
        .certainty(place.start(), place.end(), all),
        finding.sided()
            ? SideReader.at(sentence, place.start(), place.end())
            : Set.of()))));
    normal(sentence, NORMAL_HEART, Finding.CARDIOMEGALY, places, mentions);
    normal(sentence, CLEAR_LUNGS, Finding.CONSOLIDATION, places, mentions);
    normal(sentence, CLEAR_LUNGS, Finding.NODULE, places, mentions);
    normal(sentence, SHARP_ANGLES, Finding.EFFUSION, places, mentions);
  }

  /** A statement of normality denies, unless it is denied itself or its sentence names the finding. */
  private static void normal(Sentence sentence, Pattern statement, Finding finding,
      Map<Finding, List<MatchResult>> places, List<FindingMention> mentions) {
    for (MatchResult place : sentence.find(statement)) {
      boolean plain = sentence.certainty(place.start(), place.start(), List.of()) == Certainty.AFFIRMED;
      if (plain && places.getOrDefault(finding, List.of()).isEmpty()) {
        Set<Side> sides = finding.sided() ? SideReader.at(sentence, place.start(), place.end()) : Set.of();
        mentions.add(new FindingMention(finding, Certainty.DENIED, sides));
      }
    }
  }

  private static Map<Finding, Pattern> terms() {
    Map<Finding, Pattern> terms = new EnumMap<>(Finding.class);
    for (Finding finding : Finding.values()) {
      terms.put(finding, Sentence.anyOf(Stream.concat(wordings(finding), finding.mentions().stream()
          // Longer phrases first, so that a mention covers all its words.
          .sorted((one, other) -> other.length() - one.length()).map(Pattern::quote))));
    }
    return terms;
  }

  private static Stream<String> wordings(Finding finding) {
    return switch (finding) {
      case CARDIOMEGALY -> Stream.of(
          "(?:heart|cardiac|cardiomediastinal|cardiothoracic)\\b[^.,;]{0,40}?\\b(?:enlarged|large|big|increased|prominent|widened|borderline)",
          "(?:enlarged|large|big|prominent) (?:heart|cardiac|cardiomediastinal)(?: silhouette| shadow| size)?",
          "enlargement of the (?:heart|cardiac silhouette)", "cardiac enlargement", "cardiomegaly");
      case EFFUSION -> Stream.of("(?:pleural )?(?<!pericardial )effusions?", "pleural fluid",
          "fluid in the (?:\\w+ )?pleural (?:space|cavity)", "hydrothorax",
          "blunt(?:ed|ing)\\b[^.;]{0,30}?\\bcostophrenic(?: angles?| sulc(?:us|i))?",
          "costophrenic\\b[^.;]{0,30}?\\bblunt(?:ed|ing)");
      case PNEUMOTHORAX -> Stream.of("(?:hydro)?pneumothora(?:x|ces)", "ptx", "visceral pleural line",
          "air in the (?:\\w+ )?pleural (?:space|cavity)");
      case CONSOLIDATION -> Stream.of("consolidat(?:ions?|ive|ed)", "air ?-?space (?:opacit(?:y|ies)|disease)",
          "(?:focal|patchy|dense|lobar|confluent|parenchymal|alveolar) opacit(?:y|ies|fications?)",
          "air bronchograms?", "(?:broncho)?pneumonias?", "infiltrates?");
      case NODULE -> Stream.of("nodul(?:es?|ar)(?: opacit(?:y|ies)| densit(?:y|ies)| lesions?)?",
          "round(?:ed)? (?:opacit(?:y|ies)|densit(?:y|ies)|lesions?)", "coin lesions?",
          "(?:pulmonary|lung) mass(?:es)?");
      case TUBE -> Stream.of("(?:endo)?tracheal tube", "et tube", "ett", "intubated", "intubation");
      case LINE -> Stream.of("central (?:venous )?(?:line|catheter|access)", "cvc", "picc(?: line)?",
          "(?:subclavian|jugular|ij|venous)(?: \\w+){0,2} (?:line|catheter)", "port-?a-?cath");
    };
  }
}

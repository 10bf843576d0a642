package org.clarion.training.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.clarion.training.data.Reports;
import org.clarion.training.phantom.Concept;
import org.clarion.training.phantom.Disease;
import org.clarion.training.phantom.Finding;
import org.clarion.training.phantom.Side;

/**
 * What the rules read out of an answer.
 *
 * @param findings
 *          those that it does not deny, with their sides
 * @param diseases
 *          in the order of their first mention
 * @param contradictions
 *          findings that it both affirms and denies
 * @param refuses
 *          whether it declines to describe the picture
 * @param speaks
 *          whether it says anything about a chest at all: without that, naming no finding is no statement
 */
public record Reading(Map<Finding, Set<Side>> findings, Set<Concept> concepts, List<Disease> diseases,
    long contradictions, boolean refuses, boolean speaks) {
  private static final String NONE = "no finding";

  /** Reads an answer. */
  public static Reading of(String answer) {
    List<FindingMention> mentions = FindingReader.read(answer);
    return new Reading(FindingReader.present(mentions), SkinReader.concepts(answer), SkinReader.diseases(answer),
        FindingReader.contradictions(mentions), RefusalReader.refuses(answer), !mentions.isEmpty() || FindingReader
            .callsNormal(answer));
  }

  /** What matters for a picture of that kind, to be compared and shown: {@code effusion left}. */
  public List<String> statements(Truth truth) {
    return switch (truth) {
      case Truth.Chest _ -> speaks ? chest(findings) : List.of();
      case Truth.Skin _ -> skin(concepts, diseases);
      case Truth.Distractor _ -> List.of(refuses ? "refused" : "described");
      case Truth.Unknown _ -> List.of();
    };
  }

  /** The same of what the picture really shows. */
  public static List<String> expected(Truth truth) {
    return switch (truth) {
      case Truth.Chest chest -> chest(chest.findings());
      case Truth.Skin skin -> skin(skin.concepts(), skin.disease().stream().toList());
      case Truth.Distractor distractor -> List.of(distractor.subject());
      case Truth.Unknown _ -> List.of();
    };
  }

  private static List<String> chest(Map<Finding, Set<Side>> findings) {
    List<String> words = new ArrayList<>();
    for (Finding finding : Finding.values()) {
      Set<Side> sides = findings.get(finding);
      if (sides != null) {
        words.add((finding.label() + " " + (sides.size() > 1
            ? "both"
            : sides.stream().map(Side::label).findFirst().orElse(""))).strip());
      }
    }
    return words.isEmpty() ? List.of(NONE) : words;
  }

  private static List<String> skin(Set<Concept> concepts, List<Disease> diseases) {
    List<String> words = new ArrayList<>();
    diseases.forEach(disease -> words.add(disease.words()));
    concepts.stream().sorted().forEach(concept -> words.add(concept.words()));
    return words;
  }

  /** How many of the parts that an answer about such a picture needs are there. */
  static int parts(String answer, Reading reading, Truth truth) {
    return switch (truth) {
      case Truth.Chest _ -> {
        Reports sections = Reports.of(answer);
        yield (sections.findings().isEmpty() ? 0 : 1) + (sections.impression().isEmpty() ? 0 : 1);
      }
      case Truth.Skin _ -> (reading.concepts().isEmpty() ? 0 : 1) + (reading.diseases().isEmpty() ? 0 : 1)
          + (SkinReader.advises(answer) ? 1 : 0);
      case Truth.Distractor _,Truth.Unknown _ -> 0;
    };
  }

  /** The parts that it needs: findings and impression, or concepts, disease and advice. */
  static int partsNeeded(Truth truth) {
    return switch (truth) {
      case Truth.Chest _ -> 2;
      case Truth.Skin _ -> 3;
      case Truth.Distractor _,Truth.Unknown _ -> 0;
    };
  }
}

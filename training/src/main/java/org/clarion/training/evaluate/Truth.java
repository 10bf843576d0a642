package org.clarion.training.evaluate;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.clarion.training.data.ReportCase;
import org.clarion.training.data.Reports;
import org.clarion.training.phantom.Concept;
import org.clarion.training.phantom.Disease;
import org.clarion.training.phantom.Finding;
import org.clarion.training.phantom.FindingLabel;
import org.clarion.training.phantom.Labels;
import org.clarion.training.phantom.Side;

/** What a picture shows, as far as answers are judged by it. */
public sealed interface Truth {
  /**
   * A chest radiograph.
   *
   * @param findings
   *          those that are there, with their sides; no sides where they are not known
   */
  record Chest(Map<Finding, Set<Side>> findings) implements Truth {}

  /** A photo of skin. */
  record Skin(Set<Concept> concepts, Optional<Disease> disease) implements Truth {}

  /** Nothing that a medical model should describe. */
  record Distractor(String subject) implements Truth {}

  /** Not to be told from the report: only texts are compared. */
  record Unknown() implements Truth {}

  /** By the labels of a case; where it has none, by what the rules read out of its report. */
  static Truth of(ReportCase one) {
    return one.labels().map(Truth::of).orElseGet(() -> of(one.report()));
  }

  /** The word for a kind of picture in reports. */
  static String kind(Truth truth) {
    return switch (truth) {
      case Chest _ -> "chest";
      case Skin _ -> "skin";
      case Distractor _ -> "distractor";
      case Unknown _ -> "other";
    };
  }

  private static Truth of(Labels labels) {
    return switch (labels) {
      case Labels.Chest chest -> new Chest(sides(chest.findings()));
      case Labels.Skin skin -> new Skin(skin.concepts(), Optional.of(skin.disease()));
      case Labels.Distractor distractor -> new Distractor(distractor.subject());
    };
  }

  private static Map<Finding, Set<Side>> sides(List<FindingLabel> findings) {
    Map<Finding, Set<Side>> sides = new EnumMap<>(Finding.class);
    for (FindingLabel label : findings) {
      Stream<Side> known = Stream.concat(sides.getOrDefault(label.finding(), Set.of()).stream(), Stream.of(label.side())
          .filter(side -> side != Side.NONE));
      sides.put(label.finding(), known.collect(Collectors.toUnmodifiableSet()));
    }
    return sides;
  }

  private static Truth of(String report) {
    Reports sections = Reports.of(report);
    List<FindingMention> mentions = FindingReader.read(report);
    // Nodules are of both worlds.
    if (!sections.findings().isEmpty() || mentions.stream().anyMatch(mention -> mention.finding() != Finding.NODULE)) {
      return new Chest(FindingReader.present(mentions));
    }
    Set<Concept> concepts = SkinReader.concepts(report);
    List<Disease> diseases = SkinReader.diseases(report);
    return concepts.isEmpty() && diseases.isEmpty() ? new Unknown() : new Skin(concepts, diseases.stream().findFirst());
  }
}

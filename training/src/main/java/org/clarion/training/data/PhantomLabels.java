package org.clarion.training.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.clarion.training.data.Rows.RowFault;
import org.clarion.training.phantom.Concept;
import org.clarion.training.phantom.Disease;
import org.clarion.training.phantom.Extent;
import org.clarion.training.phantom.Finding;
import org.clarion.training.phantom.FindingLabel;
import org.clarion.training.phantom.Labels;
import org.clarion.training.phantom.Side;
import org.clarion.training.phantom.SkinTone;
import org.clarion.training.phantom.View;
import org.clarion.training.phantom.Words;
import org.clarion.training.phantom.Zone;
import org.jspecify.annotations.Nullable;

/** The {@code labels} of a row of {@code kind} chest, skin or distractor. */
final class PhantomLabels {
  private PhantomLabels() {}

  /** The labels; nothing where the row has none. */
  static Optional<Labels> read(JsonNode row) {
    JsonNode labels = row.path("labels");
    if (!labels.isObject()) {
      return Optional.empty();
    }
    JsonNode strata = row.path("strata");
    String kind = row.path("kind").asText("");
    return Optional.of(switch (kind) {
      case "chest" -> new Labels.Chest(view(labels, strata), findings(labels));
      case "skin" -> skin(labels, strata);
      case "distractor" -> new Labels.Distractor(labels.path("distractor").asText("unknown"));
      default -> throw new RowFault("kind is '" + kind + "', not chest, skin or distractor");
    });
  }

  private static List<FindingLabel> findings(JsonNode labels) {
    List<FindingLabel> findings = new ArrayList<>();
    for (JsonNode one : labels.path("findings")) {
      findings.add(new FindingLabel(value(Finding.class, one, "finding", null), value(Side.class, one, "side",
          Side.NONE), value(Zone.class, one, "zone", Zone.NONE), value(Extent.class, one, "size", Extent.NONE),
          Math
              .max(1, one.path("count").asInt(1))));
    }
    return findings;
  }

  private static Labels skin(JsonNode labels, JsonNode strata) {
    Set<Concept> concepts = EnumSet.noneOf(Concept.class);
    labels.path("concepts").forEach(word -> concepts.add(named(Concept.class, word.asText(), "concept")));
    SkinTone tone = value(SkinTone.class, both(labels, strata, "skin_tone"), "skin_tone", null);
    return new Labels.Skin(view(labels, strata), tone, both(labels, strata, "monk").path("monk").asInt(tone.monkFrom()),
        value(Disease.class, labels, "disease", null), concepts);
  }

  /** How the picture was taken stands among the strata, or among the labels. */
  private static View view(JsonNode labels, JsonNode strata) {
    String label = both(labels, strata, "view").path("view").asText("");
    return Stream.of(View.values()).filter(view -> view.label().equals(label)).findFirst().orElse(View.NONE);
  }

  private static JsonNode both(JsonNode labels, JsonNode strata, String field) {
    return labels.has(field) ? labels : strata;
  }

  private static <E extends Enum<E>> E value(Class<E> type, JsonNode node, String field,
      @Nullable E otherwise) {
    String word = node.path(field).asText("");
    return word.isEmpty() && otherwise != null ? otherwise : named(type, word, field);
  }

  private static <E extends Enum<E>> E named(Class<E> type, String word, String field) {
    return Stream.of(type.getEnumConstants()).filter(value -> Words.label(value).equals(word) || value.name().equals(
        word)).findFirst()
        .orElseThrow(() -> new RowFault("the label " + field + " is '" + word + "', which is unknown"));
  }
}

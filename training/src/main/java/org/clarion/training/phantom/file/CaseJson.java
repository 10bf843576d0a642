package org.clarion.training.phantom.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.clarion.training.phantom.FindingLabel;
import org.clarion.training.phantom.Labels;
import org.clarion.training.phantom.PhantomCase;
import org.clarion.training.phantom.Stage;

/** A case as one line of {@code cases.jsonl}. Thread-safe. */
final class CaseJson {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private CaseJson() {}

  /**
   * The line.
   *
   * @param image
   *          path of the picture from the folder
   * @param stage
   *          whose text is the report
   */
  static String line(PhantomCase details, String image, Stage stage) throws JsonProcessingException {
    ObjectNode node = MAPPER.createObjectNode();
    node.put("id", details.id());
    node.put("image", image);
    node.put("kind", details.kind().label());
    node.put("report", details.text(stage));
    node.put("stage", stage.label());
    node.put("caption", details.caption());
    node.set("labels", labels(details.labels()));
    ObjectNode strata = node.putObject("strata");
    strata.put("view", details.view().label());
    strata.put("size", details.extent().label());
    if (details.labels() instanceof Labels.Skin skin) {
      strata.put("skin_tone", skin.tone().label());
      strata.put("monk", Integer.toString(skin.monk()));
    }
    ArrayNode dialogue = node.putArray("dialogue");
    details.dialogue().forEach(turn -> dialogue.addObject().put("question", turn.question()).put("answer", turn
        .answer()));
    node.put("synthetic", true);
    return MAPPER.writeValueAsString(node);
  }

  private static ObjectNode labels(Labels labels) {
    ObjectNode node = MAPPER.createObjectNode();
    switch (labels) {
      case Labels.Chest chest -> {
        ArrayNode findings = node.putArray("findings");
        for (FindingLabel label : chest.findings()) {
          findings.addObject().put("finding", label.finding().label()).put("side", label.side().label())
              .put("zone", label
                  .zone().label())
              .put("size", label.extent().label()).put("count", label.count());
        }
      }
      case Labels.Skin skin -> {
        node.put("disease", skin.disease().label());
        ArrayNode concepts = node.putArray("concepts");
        skin.concepts().forEach(concept -> concepts.add(concept.label()));
      }
      case Labels.Distractor distractor -> node.put("distractor", distractor.subject());
    }
    return node;
  }
}

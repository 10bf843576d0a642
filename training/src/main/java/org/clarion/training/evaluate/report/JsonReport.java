package org.clarion.training.evaluate.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.clarion.training.evaluate.Results;
import org.clarion.training.evaluate.Results.Row;

/** All figures for programs. */
public final class JsonReport {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private JsonReport() {}

  /** Writes the file. */
  public static void write(Path file, Setting setting, List<Results> models) throws IOException {
    ObjectNode root = MAPPER.createObjectNode();
    root.set("setting", MAPPER.valueToTree(setting));
    ArrayNode list = root.putArray("models");
    List<String> names = Table.names(models);
    for (int i = 0; i < models.size(); i++) {
      Results model = models.get(i);
      ObjectNode node = list.addObject().put("model", names.get(i)).put("answers", model.run().outcomes().size()).put(
          "failures", model.run().failures().size());
      rows(node.putArray("figures"), model.rows());
      ArrayNode strata = node.putArray("strata");
      model.strata().forEach(stratum -> rows(strata.addObject().put("stratum", stratum.name()).put("value", stratum
          .value()).put("cases", stratum.cases()).putArray("figures"), stratum.rows()));
      node.set("spreads", MAPPER.valueToTree(model.spreads()));
    }
    MAPPER.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), root);
  }

  private static void rows(ArrayNode list, List<Row> rows) {
    rows.stream().filter(row -> row.interval().known()).forEach(row -> list.addObject().put("group", row.group()).put(
        "name", row.name()).put("cases", row.cases()).put("value", row.interval().value()).put("low", row.interval()
            .low())
        .put("high", row.interval().high()));
  }
}

package org.clarion.loadtest.core;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Formatter;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.clarion.loadtest.api.SuiteReport;
import org.clarion.loadtest.api.SuiteReport.Cell;
import org.clarion.loadtest.api.SuiteReport.Run;

/** A suite's report as a table for people and as JSON for programs: minimum, median and maximum of the repeats. */
public final class SuiteText {
  private SuiteText() {}

  /** Lines of at most 100 columns. */
  public static String table(SuiteReport report) {
    Formatter out = new Formatter(Locale.ROOT);
    out.format("%s, model %s\n\n", report.base(), report.model());
    out.format("%-16s %-36s %-18s %s\n", "", "tokens a second: median (min - max)", "first token, ms",
        "per token, ms");
    for (Cell cell : report.cells()) {
      double[] rate = spread(cell, rate(cell));
      String rates = String.format(Locale.ROOT, "%.1f (%.1f - %.1f)", rate[1], rate[0], rate[2]);
      out.format("%-16s %-36s %-18.1f %s\n", cell.name(), rates, spread(cell, Run::firstTokenMillis)[1],
          cell.newTokens() == 1
              ? "-"
              : String.format(Locale.ROOT, "%.2f", spread(cell, Run::perTokenMillis)[1]));
    }
    return out.toString();
  }

  /** The same figures by name; each is [minimum, median, maximum]. */
  public static ObjectNode json(SuiteReport report) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("endpoint", String.valueOf(report.base())).put("model", report.model());
    ArrayNode cells = out.putArray("cells");
    for (Cell cell : report.cells()) {
      ObjectNode one = cells.addObject().put("name", cell.name()).put("streams", cell.streams()).put("new_tokens", cell
          .newTokens()).put("repeats", cell.runs().size());
      one.set("new_tokens_per_second", array(spread(cell, Run::newPerSecond)));
      one.set("prompt_tokens_per_second", array(spread(cell, Run::promptPerSecond)));
      one.set("ttft_p50_ms", array(spread(cell, Run::firstTokenMillis)));
      one.set("tpot_p50_ms", array(spread(cell, Run::perTokenMillis)));
    }
    return out;
  }

  /** Answers are judged by their tokens, a prefill by its prompt's. */
  private static ToDoubleFunction<Run> rate(Cell cell) {
    return cell.newTokens() == 1 ? Run::promptPerSecond : Run::newPerSecond;
  }

  private static double[] spread(Cell cell, ToDoubleFunction<Run> figure) {
    double[] sorted = cell.runs().stream().mapToDouble(figure).sorted().toArray();
    int count = sorted.length;
    double median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
    return new double[]{sorted[0], median, sorted[count - 1]};
  }

  private static ArrayNode array(double[] values) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (double value : values) {
      array.add(value);
    }
    return array;
  }
}

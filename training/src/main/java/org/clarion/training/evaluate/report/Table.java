package org.clarion.training.evaluate.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.SequencedSet;
import org.clarion.training.evaluate.Interval;
import org.clarion.training.evaluate.Results;
import org.clarion.training.evaluate.Results.Row;

/** Figures side by side: a row a measure, a column a model. */
final class Table {
  private Table() {}

  /** A measure with the figure of each model. */
  record Line(String group, String name, int cases, double best, List<Interval> figures) {}

  /** All measures that any model has, in their order. */
  static List<Line> lines(List<Results> models) {
    SequencedSet<String> keys = new LinkedHashSet<>();
    models.forEach(model -> model.rows().forEach(row -> keys.add(row.key())));
    List<Line> lines = new ArrayList<>();
    for (String key : keys) {
      List<Row> rows = new ArrayList<>();
      List<Interval> figures = new ArrayList<>();
      for (Results model : models) {
        Row own = model.rows().stream().filter(row -> row.key().equals(key)).findFirst().orElse(null);
        figures.add(own == null ? Interval.NONE : own.interval());
        if (own != null) {
          rows.add(own);
        }
      }
      lines.add(
          new Line(rows.getFirst().group(), rows.getFirst().name(), rows.getFirst().cases(), rows.getFirst().best(),
              figures));
    }
    return lines;
  }

  /** Names of the models, numbered where two are the same. */
  static List<String> names(List<Results> models) {
    List<String> names = new ArrayList<>();
    for (Results model : models) {
      String name = model.run().model();
      names.add(names.contains(name) ? name + " #" + (names.size() + 1) : name);
    }
    return names;
  }

  static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }
}

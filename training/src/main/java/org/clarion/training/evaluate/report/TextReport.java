package org.clarion.training.evaluate.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.clarion.training.evaluate.Results;

/** The table for a terminal. */
public final class TextReport {
  private static final int NAME = 40;
  private static final int FIGURE = 24;

  private TextReport() {}

  /** Lines of the table; the first is its head. */
  public static List<String> lines(List<Results> models) {
    List<String> lines = new ArrayList<>();
    StringBuilder head = new StringBuilder(String.format(Locale.ROOT, "%-" + NAME + "s %6s", "MEASURE", "CASES"));
    List<String> names = Table.names(models);
    names.forEach(name -> head.append(column(name, name)));
    lines.add(head.toString().stripTrailing());
    String group = "";
    for (Table.Line line : Table.lines(models)) {
      if (!line.group().equals(group)) {
        group = line.group();
        lines.add(group);
      }
      StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "  %-" + (NAME - 2) + "s %6d", line.name(), line
          .cases()));
      for (int i = 0; i < names.size(); i++) {
        text.append(column(names.get(i), line.figures().get(i)));
      }
      lines.add(text.toString().stripTrailing());
    }
    return lines;
  }

  private static String column(String name, Object figure) {
    return String.format(Locale.ROOT, "  %-" + Math.max(FIGURE, name.length()) + "s", figure);
  }

  /** Lines on how far figures differ between strata; none where there are no strata. */
  public static List<String> spreads(List<Results> models) {
    List<String> lines = new ArrayList<>();
    List<String> names = Table.names(models);
    for (int i = 0; i < models.size(); i++) {
      String model = models.size() > 1 ? names.get(i) + ", " : "";
      models.get(i).spreads().forEach(spread -> lines.add(String.format(Locale.ROOT, "%s%s over %d values of %s: %s",
          model, spread.figure(), spread.parts(), spread.stratum(), Table.number(spread.between()))));
    }
    return lines;
  }
}

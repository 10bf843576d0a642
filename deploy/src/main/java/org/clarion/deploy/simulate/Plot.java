package org.clarion.deploy.simulate;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;

/** Pictures as SVG text; the page's style gives the colours {@code s0} to {@code s2}. */
final class Plot {
  private static final int WIDTH = 960;
  private static final int HEIGHT = 200;
  private static final int LEFT = 56;
  private static final int BOTTOM = 22;
  private static final int TICKS = 4;
  private static final int MOST_MARKS = 12;
  /** Seconds between two marks of time. */
  private static final double[] MARKS = {0.01, 0.1, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 10_800,
      21_600,
      86_400, 604_800};

  /** A line; its values are evenly spaced. */
  record Series(String name, int count, IntToDoubleFunction value) {}

  private Plot() {}

  /**
   * Lines above an axis of hours.
   *
   * @param hours
   *          at the right end
   */
  static String lines(List<Series> all, double hours) {
    double most = 1e-9;
    for (Series series : all) {
      for (int i = 0; i < series.count(); i++) {
        most = Math.max(most, series.value().applyAsDouble(i));
      }
    }
    most = round(most);
    StringBuilder out = new StringBuilder("<p>");
    for (int s = 0; s < all.size(); s++) {
      out.append("<span class=\"key k").append(s).append("\">").append(all.get(s).name()).append("</span>");
    }
    open(out.append("</p>"), HEIGHT + BOTTOM, "lines");
    for (int i = 0; i <= TICKS; i++) {
      double y = HEIGHT - (HEIGHT - 10.0) * i / TICKS;
      out.append(String.format(Locale.ROOT, "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", LEFT,
          WIDTH, y, y))
          .append(String.format(Locale.ROOT, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>", LEFT - 6, y + 4,
              number(most * i / TICKS)));
    }
    hours(out, hours, HEIGHT + 16);
    for (int s = 0; s < all.size(); s++) {
      Series series = all.get(s);
      out.append("<path class=\"s").append(s).append("\" style=\"fill:none\" d=\"");
      for (int i = 0; i < series.count(); i++) {
        out.append(String.format(Locale.ROOT, "%s%.1f %.1f", i == 0 ? "M" : "L", x((i + 1.0) / series.count()),
            HEIGHT - (HEIGHT - 10) * series.value().applyAsDouble(i) / most));
      }
      out.append("\"/>");
    }
    return out.append("</svg>").toString();
  }

  /** Rows of cells that are the darker the nearer their value is to 1. */
  static String heat(List<List<Double>> rows, double hours) {
    int lines = Math.min(rows.size(), 50);
    int columns = Math.min(rows.getFirst().size(), 96);
    double height = Math.max(4, 200.0 / lines);
    StringBuilder out = new StringBuilder();
    open(out, (int) (height * lines) + BOTTOM, "heat");
    for (int r = 0; r < lines; r++) {
      for (int c = 0; c < columns; c++) {
        double mean = mean(rows, part(r, lines, rows.size()), part(r + 1, lines, rows.size()),
            part(c, columns, rows.getFirst().size()), part(c + 1, columns, rows.getFirst().size()));
        out.append(
            String.format(Locale.ROOT, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" opacity=\"%.2f\"/>",
                x((double) c / columns), r * height, (WIDTH - LEFT) / (double) columns, height, mean));
      }
    }
    hours(out, hours, (int) (height * lines) + 16);
    return out.append("</svg>").toString();
  }

  /** A bar from its start to its middle, pale, and on to its end; a dot where it has no length. */
  record Bar(String title, int colour, double start, double middle, double end) {}

  /** Bars below each other; times are seconds. */
  static String bars(List<Bar> bars) {
    double first = bars.stream().mapToDouble(Bar::start).min().orElse(0);
    double last = Math.max(first + 1e-3, bars.stream().mapToDouble(Bar::end).max().orElse(1));
    int height = 9;
    StringBuilder out = new StringBuilder();
    open(out, height * bars.size() + BOTTOM, "bars");
    for (int i = 0; i < bars.size(); i++) {
      Bar bar = bars.get(i);
      double start = x((bar.start() - first) / (last - first));
      double middle = x((bar.middle() - first) / (last - first));
      double end = x((bar.end() - first) / (last - first));
      int y = i * height;
      out.append("<g><title>").append(bar.title()).append("</title>");
      if (bar.end() <= bar.start()) {
        out.append(
            String.format(Locale.ROOT, "<circle class=\"no\" cx=\"%.1f\" cy=\"%d\" r=\"3\"/></g>", start, y + 4));
        continue;
      }
      out.append(String.format(Locale.ROOT,
          "<rect class=\"s%d wait\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"6\"/>", bar.colour(),
          start, y + 1, middle - start))
          .append(String.format(Locale.ROOT,
              "<rect class=\"s%d\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"6\"/></g>", bar.colour(),
              middle, y + 1, end - middle));
    }
    for (int i = 0; i <= TICKS; i++) {
      out.append(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%.1f s</text>",
          x((double) i / TICKS),
          height * bars.size() + 16, i == TICKS ? "end" : "start", (last - first) * i / TICKS));
    }
    return out.append("</svg>").toString();
  }

  /** A dot in a field; the title tells which. */
  record Dot(String title, double x, double y) {}

  /** Dots over two axes from 0. */
  static String dots(List<Dot> dots, String across, String up) {
    double right = round(Math.max(1e-9, dots.stream().mapToDouble(Dot::x).max().orElse(1)));
    double top = round(Math.max(1e-9, dots.stream().mapToDouble(Dot::y).max().orElse(1)));
    StringBuilder out = new StringBuilder("<p>").append(up).append(" over ").append(across).append("</p>");
    open(out, HEIGHT + BOTTOM, "dots");
    for (int i = 0; i <= TICKS; i++) {
      double y = HEIGHT - (HEIGHT - 10.0) * i / TICKS;
      out.append(String.format(Locale.ROOT, "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", LEFT,
          WIDTH, y, y))
          .append(String.format(Locale.ROOT, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>", LEFT - 6, y + 4,
              number(top * i / TICKS)))
          .append(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>",
              x((double) i / TICKS), HEIGHT + 16,
              i == TICKS ? "end" : "start", number(right * i / TICKS)));
    }
    for (Dot dot : dots) {
      out.append(
          String.format(Locale.ROOT,
              "<circle class=\"s0\" opacity=\".5\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>%s</title></circle>",
              x(dot.x() / right), HEIGHT - (HEIGHT - 10) * dot.y() / top, dot.title()));
    }
    return out.append("</svg>").toString();
  }

  private static double mean(List<List<Double>> rows, int fromRow, int toRow, int fromColumn, int toColumn) {
    double sum = 0;
    int count = 0;
    for (int r = fromRow; r < toRow; r++) {
      for (double value : rows.get(r).subList(fromColumn, toColumn)) {
        sum += value;
        count++;
      }
    }
    return count == 0 ? 0 : sum / count;
  }

  private static int part(int index, int parts, int size) {
    return (int) ((long) index * size / parts);
  }

  /** Marks at whole hours, minutes or seconds. */
  private static void hours(StringBuilder out, double hours, int y) {
    double seconds = 3600 * hours;
    double step = MARKS[MARKS.length - 1];
    for (int i = MARKS.length - 1; i >= 0 && seconds / MARKS[i] <= MOST_MARKS; i--) {
      step = MARKS[i];
    }
    for (int i = 0; i * step <= seconds * 1.001 && i <= MOST_MARKS; i++) {
      double at = i * step;
      String unit = step >= 3600 ? number(at / 3600) + " h" : step >= 60 ? number(at / 60) + " min" : number(at) + " s";
      out.append(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>",
          x(Math.min(at / seconds, 1)), y, at > 0.97 * seconds ? "end" : "middle", unit));
    }
  }

  /** The next number that four marks divide well. */
  private static double round(double value) {
    double power = Math.pow(10, Math.floor(Math.log10(value)));
    for (double factor : new double[]{1, 2, 4, 6, 8}) {
      if (value <= factor * power) {
        return factor * power;
      }
    }
    return 10 * power;
  }

  private static void open(StringBuilder out, int height, String name) {
    out.append(
        String.format(Locale.ROOT, "<svg role=\"img\" class=\"%s\" viewBox=\"0 0 %d %d\">", name, WIDTH, height));
  }

  private static double x(double part) {
    return LEFT + (WIDTH - LEFT) * part;
  }

  private static String number(double value) {
    return new BigDecimal(value).round(new MathContext(4)).stripTrailingZeros().toPlainString();
  }
}

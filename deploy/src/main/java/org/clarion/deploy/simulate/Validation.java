package org.clarion.deploy.simulate;

import java.util.ArrayList;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import org.clarion.scheduler.simulate.SimulationResult;
import org.clarion.scheduler.simulate.SimulationResult.Answer;

/** A recorded load test beside its simulation. */
public final class Validation {
  /** How far a simulated figure may be from the measured one, as a share of the latter. */
  public static final double TOLERANCE = 0.15;

  private final List<Row> rows = new ArrayList<>();

  /** Milliseconds; no number where there is nothing to compare. */
  private record Row(String name, double measured, double simulated) {
    double difference() {
      return simulated / measured - 1;
    }

    boolean within() {
      return Math.abs(difference()) <= TOLERANCE;
    }
  }

  public Validation(List<RecordedLoad.Line> measured, SimulationResult result) {
    List<Answer> simulated = result.answers().stream().filter(answer -> answer.tokens() > 0).toList();
    add("first token", measured.stream().mapToDouble(line -> line.firstToken() / 1e3), simulated.stream().mapToDouble(
        a -> (a.first() - a.asked()) / 1e6));
    add("per token after the first", measured.stream().filter(line -> line.newTokens() > 1)
        .mapToDouble(line -> line.perToken() / 1e3),
        simulated.stream().filter(a -> a.tokens() > 1)
            .mapToDouble(a -> (a.ended() - a.first()) / 1e6 / (a.tokens() - 1)));
  }

  private void add(String name, DoubleStream measured, DoubleStream simulated) {
    double[] real = measured.sorted().toArray();
    double[] ours = simulated.sorted().toArray();
    for (int percent : new int[]{50, 95}) {
      rows.add(new Row(name + ", p" + percent, percentile(real, percent), percentile(ours, percent)));
    }
  }

  /** A line for each figure. */
  public String table() {
    Formatter out = new Formatter(Locale.ROOT);
    out.format("%-34s %10s %10s %10s\n", "milliseconds", "measured", "simulated", "difference");
    for (Row row : rows) {
      if (Double.isNaN(row.difference())) {
        out.format("%-34s %10s\n", row.name(), "-");
      } else {
        out.format("%-34s %10.2f %10.2f %+9.1f %%%s\n", row.name(), row.measured(), row.simulated(), 100 * row
            .difference(), row.within() ? "" : "  too far");
      }
    }
    return out.toString();
  }

  /** Whether every figure is there and within {@link #TOLERANCE}. */
  public boolean within() {
    return rows.stream().allMatch(Row::within);
  }

  private static double percentile(double[] sorted, int percent) {
    return sorted.length == 0
        ? Double.NaN
        : sorted[Math.min(sorted.length - 1, Math.ceilDiv(sorted.length * percent, 100) - 1)];
  }
}

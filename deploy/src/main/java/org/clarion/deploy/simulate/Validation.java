package org.clarion.deploy.simulate;

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

  private final List<RecordedLoad.Line> measured;
  private final List<Answer> simulated;
  private boolean within = true;

  public Validation(List<RecordedLoad.Line> measured, SimulationResult result) {
    this.measured = measured;
    this.simulated = result.answers().stream().filter(answer -> answer.tokens() > 0).toList();
  }

  /** A line for each figure. */
  public String table() {
    Formatter out = new Formatter(Locale.ROOT);
    out.format("%-34s %10s %10s %10s\n", "milliseconds", "measured", "simulated", "difference");
    double[] first = sorted(measured.stream().mapToDouble(line -> line.firstToken() / 1e3));
    double[] firstSimulated = sorted(simulated.stream().mapToDouble(a -> (a.first() - a.asked()) / 1e6));
    double[] token = sorted(measured.stream().filter(line -> line.newTokens() > 1)
        .mapToDouble(line -> line.perToken() / 1e3));
    double[] tokenSimulated = sorted(simulated.stream().filter(a -> a.tokens() > 1)
        .mapToDouble(a -> (a.ended() - a.first()) / 1e6 / (a.tokens() - 1)));
    for (int percent : new int[]{50, 95}) {
      row(out, "first token, p" + percent, first, firstSimulated, percent);
    }
    for (int percent : new int[]{50, 95}) {
      row(out, "per token after the first, p" + percent, token, tokenSimulated, percent);
    }
    return out.toString();
  }

  /** Whether every figure of {@link #table}, which is called before, is within {@link #TOLERANCE}. */
  public boolean within() {
    return within;
  }

  private void row(Formatter out, String name, double[] real, double[] ours, int percent) {
    if (real.length == 0 || ours.length == 0) {
      out.format("%-34s %10s\n", name, "-");
      within = false;
      return;
    }
    double a = percentile(real, percent);
    double b = percentile(ours, percent);
    double difference = b / a - 1;
    boolean good = Math.abs(difference) <= TOLERANCE;
    within &= good;
    out.format("%-34s %10.2f %10.2f %+9.1f %%%s\n", name, a, b, 100 * difference, good ? "" : "  too far");
  }

  private static double[] sorted(DoubleStream values) {
    return values.sorted().toArray();
  }

  private static double percentile(double[] sorted, int percent) {
    return sorted[Math.min(sorted.length - 1, Math.ceilDiv(sorted.length * percent, 100) - 1)];
  }
}

package org.clarion.training.evaluate;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * A figure of a set of cases that can be taken of any part of the set, with repetitions.
 *
 * @param group
 *          what it is about
 * @param name
 *          for people
 * @param cases
 *          how many cases it rests on
 * @param stratified
 *          whether it is broken down by strata
 * @param best
 *          the largest value that it can have; not a number where there is none
 * @param of
 *          the figure of the cases with these numbers; not a number where they do not bear on it
 */
public record Measure(String group, String name, int cases, boolean stratified, double best,
    ToDoubleFunction<int[]> of) {
  /** A name within its group. */
  record Name(String group, String name, boolean stratified) {}

  /** A part of a case in a sum of parts and a sum of wholes. */
  record Part(double part, double whole) {
    static final Part NONE = new Part(0, 0);

    static Part of(boolean holds) {
      return new Part(holds ? 1 : 0, 1);
    }
  }

  /** The same with another best value. */
  Measure outOf(double other) {
    return new Measure(group, name, cases, stratified, other, of);
  }

  /** The sum of all parts by the sum of all wholes: a mean, a share, or an F1 of twice the hits by all marks. */
  static Measure ratio(Name name, List<Part> parts) {
    double[] part = parts.stream().mapToDouble(Part::part).toArray();
    double[] whole = parts.stream().mapToDouble(Part::whole).toArray();
    int cases = (int) IntStream.range(0, whole.length).filter(i -> whole[i] != 0).count();
    return new Measure(name.group(), name.name(), cases, name.stratified(), 1, sample -> {
      double sum = 0;
      double wholes = 0;
      for (int i : sample) {
        sum += part[i];
        wholes += whole[i];
      }
      return wholes == 0 ? Double.NaN : sum / wholes;
    });
  }

  /** The mean of those of several figures that are there. */
  static Measure mean(Name name, List<Measure> measures) {
    int cases = measures.stream().mapToInt(Measure::cases).max().orElse(0);
    return new Measure(name.group(), name.name(), cases, name.stratified(), 1, sample -> measures.stream().mapToDouble(
        measure -> measure.of().applyAsDouble(sample)).filter(value -> !Double.isNaN(value)).average().orElse(
            Double.NaN));
  }
}

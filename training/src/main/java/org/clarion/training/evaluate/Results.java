package org.clarion.training.evaluate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.clarion.training.evaluate.Measure.Name;
import org.clarion.training.evaluate.Measure.Part;

/**
 * A run in figures.
 *
 * @param rows
 *          in the order of {@link Measures}
 * @param strata
 *          the figures that are broken down, for each value of each stratum that has enough cases
 */
public record Results(Run run, List<Row> rows, List<Stratum> strata) {
  /** Fewer cases say nothing about a stratum. */
  public static final int FEWEST = 5;

  /**
   * One figure.
   *
   * @param cases
   *          how many cases it rests on
   * @param best
   *          the largest value that it can have; not a number where there is none
   */
  public record Row(String group, String name, int cases, double best, Interval interval) {
    /** What rows of several runs are matched by. */
    public String key() {
      return group + ": " + name;
    }
  }

  /**
   * A part of the cases.
   *
   * @param name
   *          such as {@code view}, after the kind of picture where there are several
   * @param value
   *          such as {@code PA}
   */
  public record Stratum(String name, String value, int cases, List<Row> rows) {}

  /**
   * How far a figure differs between the parts of a stratum.
   *
   * @param between
   *          the largest value less the smallest
   */
  public record Spread(String stratum, String figure, double between, int parts) {}

  public Results {
    rows = List.copyOf(rows);
    strata = List.copyOf(strata);
  }

  /** Measures a run; the same seed gives the same figures. */
  public static Results of(Run run, Bootstrap bootstrap) {
    List<CaseOutcome> outcomes = run.outcomes();
    List<Measure> measures = Measures.of(outcomes, bootstrap.seed());
    List<Row> rows = rows(measures, bootstrap.intervals(measures, outcomes.size()));
    if (run.repeated() > 0) {
      List<Measure> again = List.of(Measure.ratio(new Name(Measures.BEHAVIOUR, "same answer when asked again", false),
          IntStream.range(0, run.repeated()).mapToObj(i -> Part.of(i < run.same())).toList()));
      rows.addAll(place(rows), rows(again, bootstrap.intervals(again, run.repeated())));
    }
    return new Results(run, rows, strata(outcomes, measures.stream().filter(Measure::stratified).toList(), bootstrap));
  }

  /** After the last row on behaviour, or at the end. */
  private static int place(List<Row> rows) {
    return IntStream.range(0, rows.size()).filter(i -> rows.get(i).group().equals(Measures.BEHAVIOUR)).max().orElse(rows
        .size() - 1) + 1;
  }

  private static List<Row> rows(List<Measure> measures, List<Interval> intervals) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < measures.size(); i++) {
      Measure measure = measures.get(i);
      rows.add(new Row(measure.group(), measure.name(), measure.cases(), measure.best(), intervals.get(i)));
    }
    return rows;
  }

  private static List<Stratum> strata(List<CaseOutcome> outcomes, List<Measure> measures, Bootstrap bootstrap) {
    Map<String, Map<String, List<Integer>>> parts = new TreeMap<>();
    boolean kinds = outcomes.stream().map(one -> Truth.kind(one.truth())).distinct().count() > 1;
    for (int i = 0; i < outcomes.size(); i++) {
      int number = i;
      CaseOutcome one = outcomes.get(i);
      if (!(one.truth() instanceof Truth.Distractor)) {
        // A view of skin and one of the chest are not to be compared.
        String kind = kinds ? Truth.kind(one.truth()) + " " : "";
        one.subject().strata().forEach((name, value) -> parts.computeIfAbsent(kind + name, _ -> new TreeMap<>())
            .computeIfAbsent(value, _ -> new ArrayList<>()).add(number));
      }
    }
    List<Stratum> strata = new ArrayList<>();
    parts.forEach((name, values) -> values.forEach((value, cases) -> {
      if (cases.size() >= FEWEST) {
        int[] numbers = cases.stream().mapToInt(Integer::intValue).toArray();
        List<Row> rows = rows(measures, bootstrap.intervals(measures, numbers)).stream().filter(row -> row.interval()
            .known()).toList();
        strata.add(new Stratum(name, value, cases.size(), rows));
      }
    }));
    return strata;
  }

  /** The spread of every figure over the parts of every stratum that has at least two. */
  public List<Spread> spreads() {
    SequencedMap<String, SequencedMap<String, List<Double>>> values = new LinkedHashMap<>();
    strata.forEach(stratum -> stratum.rows().forEach(row -> values.computeIfAbsent(stratum.name(),
        _ -> new LinkedHashMap<>()).computeIfAbsent(row.key(), _ -> new ArrayList<>()).add(row.interval().value())));
    List<Spread> spreads = new ArrayList<>();
    values.forEach((stratum, figures) -> figures.forEach((figure, of) -> {
      if (of.size() > 1) {
        double high = of.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        double low = of.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
        spreads.add(new Spread(stratum, figure, high - low, of.size()));
      }
    }));
    return spreads;
  }
}

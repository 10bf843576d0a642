package org.clarion.training.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.clarion.training.evaluate.Measure.Name;
import org.clarion.training.evaluate.Measure.Part;
import org.clarion.training.metric.Bleu;
import org.clarion.training.metric.Cider;
import org.clarion.training.metric.Words;
import org.clarion.training.phantom.Concept;
import org.clarion.training.phantom.Disease;
import org.clarion.training.phantom.Finding;
import org.clarion.training.phantom.Side;

/** Everything that is measured of a run: the table of an evaluation. Longer than most files for that. */
public final class Measures {
  private static final String TEXT = "Text";
  private static final String FINDINGS = "Findings";
  private static final String SKIN = "Skin";
  private static final String FORM = "Form";
  private static final String REFUSAL = "Refusal";
  static final String BEHAVIOUR = "Behaviour";
  private static final String CALIBRATION = "Calibration";
  private static final List<Integer> TOP = List.of(1, 3, 5);
  private static final int BINS = 10;

  private final List<CaseOutcome> outcomes;
  private final List<Measure> measures = new ArrayList<>();

  private Measures(List<CaseOutcome> outcomes) {
    this.outcomes = outcomes;
  }

  /**
   * All measures that these outcomes bear on.
   *
   * @param seed
   *          of the pairs of pictures that are compared
   */
  public static List<Measure> of(List<CaseOutcome> outcomes, long seed) {
    Measures all = new Measures(outcomes);
    all.text();
    all.findings();
    all.skin();
    all.form();
    all.refusal();
    all.influence(seed);
    all.calibration();
    return all.measures.stream().filter(measure -> measure.cases() > 0).toList();
  }

  /** One case's part in a sum. */
  private interface Judge extends Function<CaseOutcome, Part> {}

  private void add(String group, String name, boolean stratified, Judge judge) {
    measures.add(measure(group, name, stratified, judge));
  }

  private Measure measure(String group, String name, boolean stratified, Judge judge) {
    return Measure.ratio(new Name(group, name, stratified), outcomes.stream().map(judge).toList());
  }

  private void text() {
    add(TEXT, "ROUGE-1", false, one -> new Part(one.rouge().rouge1().f1(), 1));
    add(TEXT, "ROUGE-2", false, one -> new Part(one.rouge().rouge2().f1(), 1));
    add(TEXT, "ROUGE-L", true, one -> new Part(one.rouge().rougeL().f1(), 1));
    add(TEXT, "ROUGE-Lsum", false, one -> new Part(one.rouge().rougeLsum().f1(), 1));
    List<Bleu.Counts> counts = outcomes.stream().map(CaseOutcome::bleu).toList();
    measures.add(new Measure(TEXT, "BLEU (corpus)", counts.size(), false, 100, sample -> sample.length == 0
        ? Double.NaN
        : Bleu.corpus(Arrays.stream(sample).mapToObj(counts::get).toList()).score()));
    measures.add(measure(TEXT, "chrF (mean)", false, one -> new Part(one.chrF(), 1)).outOf(100));
    List<Double> scores = new Cider(outcomes.stream().map(one -> one.subject().report()).toList()).scores(outcomes
        .stream().map(one -> one.answer().text()).toList());
    measures.add(Measure.ratio(new Name(TEXT, "CIDEr", false), scores.stream().map(score -> new Part(score, 1))
        .toList()).outOf(10));
  }

  private void findings() {
    add(FINDINGS, "F1, side included", true, one -> f1(one, List.of(Finding.values()), true));
    add(FINDINGS, "F1, side left out", false, one -> f1(one, List.of(Finding.values()), false));
    List<Measure> each = Stream.of(Finding.values()).map(finding -> measure(FINDINGS, "F1 " + finding.words(), false,
        one -> f1(one, List.of(finding), true))).toList();
    measures.add(Measure.mean(new Name(FINDINGS, "F1, mean of findings", false), each));
    measures.addAll(each);
    add(FINDINGS, "right side, of findings seen", false, Measures::sides);
    add(FINDINGS, "normal called normal", false, one -> one.truth() instanceof Truth.Chest chest && chest.findings()
        .isEmpty() ? Part.of(one.reading().speaks() && one.reading().findings().isEmpty()) : Part.NONE);
    measures.add(measure(FINDINGS, "contradictions per answer", false, one -> one.truth() instanceof Truth.Chest
        ? new Part(one.reading().contradictions(), 1)
        : Part.NONE).outOf(Double.NaN));
  }

  /** Twice the hits, by all that is there and all that is said. */
  private static Part f1(CaseOutcome one, List<Finding> findings, boolean sided) {
    if (!(one.truth() instanceof Truth.Chest chest)) {
      return Part.NONE;
    }
    int hits = 0;
    int marks = 0;
    for (Finding finding : findings) {
      Optional<Set<Side>> shown = Optional.ofNullable(chest.findings().get(finding));
      Optional<Set<Side>> said = Optional.ofNullable(one.reading().findings().get(finding));
      marks += (shown.isPresent() ? 1 : 0) + (said.isPresent() ? 1 : 0);
      hits += shown.isPresent() && said.isPresent() && (!sided || agree(shown.get(), said.get())) ? 1 : 0;
    }
    return new Part(2 * hits, marks);
  }

  /** A side that the picture does not show cannot be wrong. */
  private static boolean agree(Set<Side> shown, Set<Side> said) {
    return shown.isEmpty() || shown.equals(said);
  }

  private static Part sides(CaseOutcome one) {
    if (!(one.truth() instanceof Truth.Chest chest)) {
      return Part.NONE;
    }
    List<Finding> seen = chest.findings().keySet().stream().filter(finding -> !chest.findings().getOrDefault(finding,
        Set.of()).isEmpty() && one.reading().findings().containsKey(finding)).toList();
    long right = seen.stream().filter(finding -> chest.findings().getOrDefault(finding, Set.of()).equals(one.reading()
        .findings().get(finding))).count();
    return new Part(right, seen.size());
  }

  private void skin() {
    add(SKIN, "concept F1", true, one -> concepts(one, List.of(Concept.values())));
    List<Measure> each = Stream.of(Concept.values()).map(concept -> measure(SKIN, "F1 " + concept.words(), false,
        one -> concepts(one, List.of(concept)))).filter(measure -> measure.cases() > 0).toList();
    if (!each.isEmpty()) {
      measures.add(Measure.mean(new Name(SKIN, "concept F1, mean of concepts", false), each));
    }
    for (int top : TOP) {
      add(SKIN, "disease in the first " + top + " named", top == 1, one -> one.truth() instanceof Truth.Skin skin
          ? skin.disease().map(disease -> Part.of(among(one.reading().diseases(), disease, top))).orElse(Part.NONE)
          : Part.NONE);
    }
  }

  private static boolean among(List<Disease> differential, Disease disease, int top) {
    return differential.stream().limit(top).anyMatch(disease::equals);
  }

  private static Part concepts(CaseOutcome one, List<Concept> concepts) {
    if (!(one.truth() instanceof Truth.Skin skin)) {
      return Part.NONE;
    }
    long shown = concepts.stream().filter(skin.concepts()::contains).count();
    long said = concepts.stream().filter(one.reading().concepts()::contains).count();
    long hits = concepts.stream().filter(skin.concepts()::contains).filter(one.reading().concepts()::contains).count();
    return new Part(2.0 * hits, (double) shown + said);
  }

  private void form() {
    add(FORM, "sections complete", false, one -> new Part(Reading.parts(one.answer().text(), one.reading(), one
        .truth()), Reading.partsNeeded(one.truth())));
    add(FORM, "ended by itself", false, one -> Part.of(one.answer().ended()));
    measures
        .add(measure(FORM, "words per answer", false, one -> new Part(Words.of(one.answer().text()).size(), 1)).outOf(
            Double.NaN));
  }

  private void refusal() {
    if (outcomes.stream().noneMatch(one -> one.truth() instanceof Truth.Distractor)) {
      return;
    }
    add(REFUSAL, "recall: distractors refused", false, one -> one.truth() instanceof Truth.Distractor
        ? Part.of(one.reading().refuses())
        : Part.NONE);
    add(REFUSAL, "precision: refusals of distractors", false, one -> one.reading().refuses()
        ? Part.of(one.truth() instanceof Truth.Distractor)
        : Part.NONE);
    add(REFUSAL, "medical pictures refused", true, one -> one.truth() instanceof Truth.Distractor
        ? Part.NONE
        : Part.of(one.reading().refuses()));
  }

  /** Two pictures of a kind that show different things, asked about in the same words: do the answers differ? */
  private void influence(long seed) {
    Part[] parts = new Part[outcomes.size()];
    Arrays.fill(parts, Part.NONE);
    for (String kind : List.of("chest", "skin")) {
      List<Integer> order = new ArrayList<>(IntStream.range(0, outcomes.size()).filter(i -> Truth.kind(outcomes.get(i)
          .truth()).equals(kind)).boxed().toList());
      Collections.shuffle(order, new Random(seed));
      for (int i = 0; i < order.size(); i++) {
        parts[order.get(i)] = changed(order, i);
      }
    }
    measures.add(Measure.ratio(new Name(BEHAVIOUR, "another picture changes the findings", false), List.of(parts)));
  }

  private Part changed(List<Integer> order, int place) {
    CaseOutcome one = outcomes.get(order.get(place));
    for (int step = 1; step < order.size(); step++) {
      CaseOutcome other = outcomes.get(order.get((place + step) % order.size()));
      if (!Reading.expected(other.truth()).equals(Reading.expected(one.truth())) && other.question().equals(one
          .question())) {
        return Part.of(!other.reading().statements(other.truth()).equals(one.reading().statements(one.truth())));
      }
    }
    return Part.NONE;
  }

  private void calibration() {
    boolean told = outcomes.stream().anyMatch(one -> one.answer().confidence().isPresent());
    List<CaseOutcome> judged = outcomes.stream().filter(one -> !(one.truth() instanceof Truth.Unknown)).toList();
    if (!told || judged.isEmpty()) {
      return;
    }
    add(CALIBRATION, "wholly correct", true, one -> bears(one) ? Part.of(one.correct()) : Part.NONE);
    add(CALIBRATION, "confidence (mean)", false, one -> bears(one)
        ? new Part(one.answer().confidence().orElseThrow(), 1)
        : Part.NONE);
    add(CALIBRATION, "Brier score", false, one -> bears(one)
        ? new Part(Math.pow(one.answer().confidence().orElseThrow() - (one.correct() ? 1 : 0), 2), 1)
        : Part.NONE);
    int cases = (int) outcomes.stream().filter(Measures::bears).count();
    measures.add(new Measure(CALIBRATION, "expected calibration error", cases, false, 1, this::calibrationError));
  }

  private static boolean bears(CaseOutcome one) {
    return one.answer().confidence().isPresent() && !(one.truth() instanceof Truth.Unknown);
  }

  /** Mean distance of confidence and share of correct answers, over ten equal bins of confidence. */
  private double calibrationError(int[] sample) {
    double[] surplus = new double[BINS];
    int all = 0;
    for (int i : sample) {
      CaseOutcome one = outcomes.get(i);
      if (bears(one)) {
        double confidence = one.answer().confidence().orElseThrow();
        surplus[Math.min(BINS - 1, (int) (confidence * BINS))] += confidence - (one.correct() ? 1 : 0);
        all++;
      }
    }
    return all == 0 ? Double.NaN : Arrays.stream(surplus).map(Math::abs).sum() / all;
  }
}

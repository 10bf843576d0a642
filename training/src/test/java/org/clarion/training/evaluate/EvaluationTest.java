package org.clarion.training.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.clarion.models.image.PixelTensor;
import org.clarion.training.data.ReportCase;
import org.clarion.training.data.UnreadablePictureException;
import org.clarion.training.evaluate.report.CsvReport;
import org.clarion.training.evaluate.report.HtmlReport;
import org.clarion.training.evaluate.report.JsonReport;
import org.clarion.training.evaluate.report.Setting;
import org.clarion.training.evaluate.report.TextReport;
import org.clarion.training.phantom.Concept;
import org.clarion.training.phantom.Disease;
import org.clarion.training.phantom.Extent;
import org.clarion.training.phantom.Finding;
import org.clarion.training.phantom.FindingLabel;
import org.clarion.training.phantom.Labels;
import org.clarion.training.phantom.Side;
import org.clarion.training.phantom.SkinTone;
import org.clarion.training.phantom.View;
import org.clarion.training.phantom.Zone;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationTest {
  private static final String REFUSAL = "This is not a medical image.";
  private static final Bootstrap BOOTSTRAP = new Bootstrap(200, 7);

  @TempDir
  private Path folder = Path.of("");

  /** Answers what a function of the picture's file name says, and knows how often it was asked. */
  private static final class Told implements Respondent {
    private final Function<String, Reply> answers;
    private int asked;

    Told(Function<String, Reply> answers) {
      this.answers = answers;
    }

    @Override
    public String name() {
      return "told";
    }

    @Override
    public int batch() {
      return 3;
    }

    @Override
    public List<Reply> ask(List<Query> queries) {
      assertThat(queries).hasSizeLessThanOrEqualTo(batch());
      asked += queries.size();
      return queries.stream().map(query -> answers.apply(String.valueOf(query.image().getFileName()))).toList();
    }

    @Override
    public void close() {}
  }

  @Test
  void aModelThatSaysTheReportIsRightInEverything() throws InterruptedException {
    List<ReportCase> cases = cases();
    Told model = new Told(name -> answer(report(cases, name)));

    Results results = Results.of(new Evaluation(new Questions(Optional.empty()), 4, 1).run(model, cases, (_, _) -> {
    }), BOOTSTRAP);

    assertThat(model.asked).isEqualTo(cases.size() + 4);
    for (String key : List.of("Text: ROUGE-L", "Findings: F1, side included", "Findings: normal called normal",
        "Skin: concept F1", "Skin: disease in the first 1 named", "Form: sections complete",
        "Refusal: recall: distractors refused", "Refusal: precision: refusals of distractors",
        "Behaviour: another picture changes the findings", "Behaviour: same answer when asked again",
        "Calibration: wholly correct")) {
      assertThat(row(results, key).interval()).as(key).isEqualTo(new Interval(1, 1, 1));
    }
    assertThat(row(results, "Text: BLEU (corpus)").interval().value()).isCloseTo(100, within(1e-9));
    assertThat(row(results, "Calibration: expected calibration error").interval().value()).isCloseTo(0.2, within(1e-9));
    assertThat(results.strata()).extracting(Results.Stratum::name).containsOnly("chest view");
    assertThat(results.strata()).extracting(Results.Stratum::value).containsExactly("AP", "PA");
    assertThat(results.spreads()).allSatisfy(spread -> assertThat(spread.between()).isZero());
  }

  @Test
  void wrongSidesInventionsAndOmissionsCost() throws InterruptedException {
    List<ReportCase> cases = List.of(chest("a", label(Finding.EFFUSION, Side.LEFT)), chest("b", label(
        Finding.PNEUMOTHORAX, Side.RIGHT)), chest("c"));
    Map<String, String> answers = Map.of("a", "Findings: a right pleural effusion.", "b",
        "Findings: a right pneumothorax. Impression: pneumothorax.", "c", "There is a nodule.");

    Results results = Results.of(new Evaluation(new Questions(Optional.of("What?")), 0, 1).run(new Told(
        name -> answer(answers.getOrDefault(name, ""))), cases, (_, _) -> {
        }), BOOTSTRAP);

    // Of two findings shown and three said one agrees; without sides two.
    assertThat(row(results, "Findings: F1, side included").interval().value()).isCloseTo(2 / 5.0, within(1e-9));
    assertThat(row(results, "Findings: F1, side left out").interval().value()).isCloseTo(4 / 5.0, within(1e-9));
    assertThat(row(results, "Findings: right side, of findings seen").interval().value()).isCloseTo(0.5, within(1e-9));
    assertThat(row(results, "Findings: normal called normal").interval().value()).isZero();
    assertThat(row(results, "Form: sections complete").interval().value()).isCloseTo(3 / 6.0, within(1e-9));
    assertThat(results.rows()).noneMatch(row -> row.group().equals("Skin") || row.group().equals("Refusal"));
  }

  @Test
  void oneAnswerForAllPicturesShowsInInfluenceAndRefusal() throws InterruptedException {
    Results results = Results.of(new Evaluation(new Questions(Optional.empty()), 0, 1).run(new Told(
        _ -> answer("Findings: a left effusion. Impression: effusion.")), cases(), (_, _) -> {
        }), BOOTSTRAP);

    assertThat(row(results, "Behaviour: another picture changes the findings").interval().value()).isZero();
    assertThat(row(results, "Refusal: recall: distractors refused").interval().value()).isZero();
    assertThat(results.rows()).noneMatch(row -> row.key().startsWith("Refusal: precision"));
  }

  @Test
  void anAnswerThatSaysNothingIsNoStatementOfNormality() throws InterruptedException {
    List<ReportCase> cases = List.of(chest("a"), chest("b"), chest("c"));

    Results results = Results.of(new Evaluation(new Questions(Optional.empty()), 0, 1).run(new Told(name -> answer(name
        .equals("a") ? "Normal chest radiograph." : name.equals("b") ? "No effusion." : "blah blah")), cases,
        (_, _) -> {
        }), BOOTSTRAP);

    assertThat(row(results, "Findings: normal called normal").interval().value()).isCloseTo(2 / 3.0, within(1e-9));
    assertThat(row(results, "Calibration: wholly correct").interval().value()).isCloseTo(2 / 3.0, within(1e-9));
  }

  @Test
  void theSameSeedGivesTheSameIntervals() throws InterruptedException {
    List<ReportCase> cases = cases();
    Told half = new Told(name -> answer(name.hashCode() % 2 == 0 ? report(cases, name) : "Clear lungs."));
    Run run = new Evaluation(new Questions(Optional.empty()), 0, 1).run(half, cases, (_, _) -> {
    });

    Interval one = row(Results.of(run, BOOTSTRAP), "Text: ROUGE-L").interval();

    assertThat(row(Results.of(run, BOOTSTRAP), "Text: ROUGE-L").interval()).isEqualTo(one);
    assertThat(one.low()).isLessThan(one.value());
    assertThat(one.high()).isGreaterThan(one.value());
  }

  @Test
  void someFailuresAreListedAndAllOfThemStop() throws InterruptedException {
    Evaluation evaluation = new Evaluation(new Questions(Optional.empty()), 2, 1);
    Told some = new Told(name -> name.startsWith("s") ? new Reply.Failure("no room") : answer("Clear."));

    Run run = evaluation.run(some, cases(), (_, _) -> {
    });

    assertThat(run.failures()).isNotEmpty().allSatisfy(failed -> assertThat(failed.reason()).isEqualTo("no room"));
    assertThatThrownBy(() -> evaluation.run(new Told(_ -> new Reply.Failure("no sight")), cases(), (_, _) -> {
    })).isInstanceOf(RespondentException.class).hasMessageContaining("no sight");
  }

  @Test
  void reportsHoldEveryCaseAndNoForeignMarkup() throws IOException, InterruptedException {
    List<ReportCase> cases = cases();
    Told model = new Told(name -> answer("=SUM(1) <script>\"x\"</script> " + report(cases, name)));
    Results results = Results.of(new Evaluation(new Questions(Optional.empty()), 1, 1).run(model, cases, (_, _) -> {
    }), BOOTSTRAP);
    Setting setting = new Setting("phantoms", cases.size(), 1, true, 1, 200);

    HtmlReport.write(folder.resolve("r.html"), setting, List.of(results, results), (file, size) -> {
      if (String.valueOf(file.getFileName()).equals("n0")) {
        throw new UnreadablePictureException("gone");
      }
      return new PixelTensor(size, new byte[3 * size * size]);
    });
    CsvReport.write(folder.resolve("c.csv"), List.of(results, results));
    JsonReport.write(folder.resolve("m.json"), setting, List.of(results, results));

    String page = Files.readString(folder.resolve("r.html"));
    assertThat(page).contains("SYNTHETIC", "&lt;script&gt;", "told #2", "data:image/jpeg;base64,").doesNotContain(
        "<script");
    assertThat(Files.readAllLines(folder.resolve("c.csv"))).hasSize(1 + 2 * cases.size()).last().asString().contains(
        "'=SUM(1) <script>\"\"x\"\"");
    assertThat(Files.readString(folder.resolve("m.json"))).contains("\"Findings\"", "\"seed\" : 1");
    assertThat(TextReport.lines(List.of(results))).first().asString().contains("told");
    assertThat(TextReport.spreads(List.of(results))).isNotEmpty();
  }

  @Test
  void withoutLabelsTheReportIsTheTruth() {
    assertThat(Truth.of(plain("Findings: Small left effusion. Impression: Effusion."))).isInstanceOfSatisfying(
        Truth.Chest.class, chest -> assertThat(chest.findings()).containsOnlyKeys(Finding.EFFUSION));
    assertThat(Truth.of(plain("A scaly plaque: psoriasis."))).isInstanceOfSatisfying(Truth.Skin.class,
        skin -> assertThat(
            skin.disease()).contains(Disease.PSORIASIS));
    assertThat(Truth.of(plain("A boat."))).isInstanceOf(Truth.Unknown.class);
  }

  private List<ReportCase> cases() {
    List<ReportCase> cases = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      cases.add(chest("e" + i, label(Finding.EFFUSION, i % 2 == 0 ? Side.LEFT : Side.RIGHT)));
      cases.add(chest("n" + i));
      cases.add(skin("s" + i, i % 2 == 0 ? Disease.PSORIASIS : Disease.NAEVUS));
      cases.add(new ReportCase("d" + i, folder.resolve("d" + i), REFUSAL, Map.of(), Optional.of(new Labels.Distractor(
          "cup")), List.of()));
    }
    return cases;
  }

  private ReportCase chest(String id, FindingLabel... labels) {
    String seen = labels.length == 0
        ? "The lungs are clear."
        : "There is a " + labels[0].side().label() + " " + labels[0].finding().words() + ".";
    return new ReportCase(id, folder.resolve(id), "Findings: " + seen + " Impression: " + seen, Map.of("view", id
        .startsWith("e") ? "PA" : "AP"), Optional.of(new Labels.Chest(View.PA, List.of(labels))), List.of());
  }

  private ReportCase skin(String id, Disease disease) {
    EnumSet<Concept> concepts = EnumSet.copyOf(disease.concepts());
    String report = "Concepts: " + String.join(", ", concepts.stream().map(Concept::words).toList()) + ". This is "
        + disease.words() + ". Treatment: see a doctor.";
    return new ReportCase(id, folder.resolve(id), report, Map.of(), Optional.of(new Labels.Skin(View.CLOSE_UP,
        SkinTone.II, 2, disease, concepts)), List.of());
  }

  private ReportCase plain(String report) {
    return new ReportCase("p", folder, report, Map.of(), Optional.empty(), List.of());
  }

  private static FindingLabel label(Finding finding, Side side) {
    return new FindingLabel(finding, side, Zone.NONE, Extent.SMALL, 1);
  }

  private static Reply answer(String text) {
    return new Reply.Answer(text, OptionalDouble.of(0.8), true);
  }

  private static String report(List<ReportCase> cases, String name) {
    return cases.stream().filter(one -> one.id().equals(name)).findFirst().orElseThrow().report();
  }

  private static Results.Row row(Results results, String key) {
    return results.rows().stream().filter(row -> row.key().equals(key)).findFirst().orElseThrow(
        () -> new AssertionError("no " + key));
  }
}

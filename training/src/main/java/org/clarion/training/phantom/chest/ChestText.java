package org.clarion.training.phantom.chest;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.clarion.training.phantom.Finding;
import org.clarion.training.phantom.FindingLabel;
import org.clarion.training.phantom.FirstQuestions;
import org.clarion.training.phantom.PhantomKind;
import org.clarion.training.phantom.Turn;
import org.clarion.training.phantom.Wording;
import org.clarion.training.phantom.Words;
import org.clarion.training.phantom.raster.Chance;

/** Caption, report and dialogue of a chest radiograph, in one of several wordings each. */
final class ChestText {
  private final ChestPlan plan;
  private final Chance chance;
  private final Wording wording;
  private final Phrases phrases;

  ChestText(ChestPlan plan, Chance chance, Wording.Variety variety) {
    this.plan = plan;
    this.chance = chance;
    this.wording = new Wording(chance, variety);
    this.phrases = new Phrases(wording);
  }

  /** One line: the view and what is seen. */
  String caption() {
    List<String> seen = groups().map(phrases::noun).toList();
    String film = wording.of("chest radiograph", "chest x-ray", "radiograph of the chest");
    String view = view();
    return seen.isEmpty()
        ? Words.sentence(view) + " " + film + wording.of(" without abnormality.", ", normal.",
            " with clear lungs and a normal heart.")
        : Words.sentence(view) + " " + film + " showing " + Words.series(seen) + ".";
  }

  /** Findings, then impression. */
  String report() {
    List<String> said = new ArrayList<>();
    if (wording.says(0.5)) {
      said.add(wording.of(Words.sentence(view()) + " view of the chest.", "This is " + article(view())
          + " chest radiograph."));
    }
    groups().filter(ChestText::device).map(phrases::sentence).forEach(said::add);
    if (!plan.has(Finding.CARDIOMEGALY)) {
      said.add(wording.of("The heart size is normal.", "The heart is normal in size.",
          "The cardiac silhouette is of normal size."));
    }
    groups().filter(group -> !device(group)).map(phrases::sentence).forEach(said::add);
    if (!plan.has(Finding.CONSOLIDATION) && !plan.has(Finding.NODULE)) {
      said.add(wording.of("The lungs are clear.", "No consolidation or nodule is seen.",
          "There is no focal consolidation."));
    }
    String without = without();
    if (!without.isEmpty()) {
      said.add(wording.of("No " + without + " is seen.", "There is no " + without + ".", "No evidence of " + without
          + "."));
    }
    return "Findings: " + String.join(" ", said) + " Impression: " + impression();
  }

  /** Questions of a clinician with their answers; the first asks for the report. */
  List<Turn> dialogue(String report) {
    List<Turn> turns = new ArrayList<>();
    turns.add(new Turn(FirstQuestions.ask(PhantomKind.CHEST, chance), report));
    turns.add(new Turn(chance.of("Which view is this?", "How was this film taken?"), "This is " + article(view())
        + " view."));
    turns.add(new Turn(chance.of("Is the heart enlarged?", "Is there cardiomegaly?"), plan.has(Finding.CARDIOMEGALY)
        ? "Yes, there is " + phrases.noun(group(Finding.CARDIOMEGALY)) + "."
        : "No, the heart size is normal."));
    for (Finding finding : List.of(Finding.EFFUSION, Finding.PNEUMOTHORAX, Finding.CONSOLIDATION, Finding.NODULE)) {
      turns.add(presence(finding));
    }
    List<List<FindingLabel>> diseases = groups().filter(group -> !device(group)).toList();
    if (!diseases.isEmpty()) {
      List<FindingLabel> one = chance.of(diseases);
      turns
          .add(new Turn("Where is the " + one.getFirst().finding().words() + "?", "It is " + phrases.where(one) + "."));
    }
    List<String> devices = groups().filter(ChestText::device).map(phrases::noun).map(Words::a).toList();
    turns.add(new Turn(chance.of("Are there any tubes or lines?", "Do you see any devices?"), devices.isEmpty()
        ? "No, there are no tubes or lines."
        : "Yes, there is " + Words.series(devices) + "."));
    turns.add(new Turn(chance.of("What should be done next?", "What do you suggest?"), diseases.isEmpty()
        ? "No further imaging is suggested by this film; a clinician must decide."
        : String.join(" ", diseases.stream().map(group -> Phrases.advice(group.getFirst().finding())).toList())));
    return turns;
  }

  private Turn presence(Finding finding) {
    String noun = Phrases.absent(finding);
    String question = chance.of("Is there " + Words.a(noun) + "?", "Do you see " + Words.a(noun) + "?")
        .replace("a consolidation", "consolidation");
    if (!plan.has(finding)) {
      return new Turn(question, "No, there is no " + noun + ".");
    }
    List<FindingLabel> group = group(finding);
    boolean many = group.size() > 1 || group.getFirst().count() > 1;
    return new Turn(question, "Yes, there " + (many ? "are " : "is ") + (many
        ? phrases.noun(group)
        : Words.a(phrases
            .noun(group)))
        + ".");
  }

  private String impression() {
    List<String> diseases = groups().filter(group -> !device(group)).map(phrases::noun).map(Words::sentence).toList();
    return diseases.isEmpty()
        ? wording.of("No acute cardiopulmonary abnormality.", plan.findings().isEmpty()
            ? "Normal chest radiograph."
            : "No acute abnormality.", "No acute cardiopulmonary process.")
        : String.join(". ", diseases) + ".";
  }

  private String without() {
    List<String> absent = Stream.of(Finding.EFFUSION, Finding.PNEUMOTHORAX).filter(finding -> !plan.has(finding)).map(
        Phrases::absent).toList();
    return String.join(" or ", absent);
  }

  private String view() {
    return switch (plan.view()) {
      case PA -> "PA";
      case AP -> wording.of("AP", "portable AP");
      case LATERAL -> "lateral";
      case CLOSE_UP, OVERVIEW, DERMOSCOPY, NONE ->
        throw new IllegalArgumentException(plan.view() + " is no radiograph");
    };
  }

  private static String article(String view) {
    return (view.startsWith("AP") ? "an " : "a ") + view;
  }

  private List<FindingLabel> group(Finding finding) {
    return plan.findings().stream().filter(label -> label.finding() == finding).toList();
  }

  private Stream<List<FindingLabel>> groups() {
    return Stream.of(Finding.values()).map(this::group).filter(group -> !group.isEmpty());
  }

  private static boolean device(List<FindingLabel> group) {
    Finding finding = group.getFirst().finding();
    return finding == Finding.TUBE || finding == Finding.LINE;
  }
}

package org.clarion.training.phantom.skin;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.clarion.training.phantom.Concept;
import org.clarion.training.phantom.Disease;
import org.clarion.training.phantom.FirstQuestions;
import org.clarion.training.phantom.PhantomKind;
import org.clarion.training.phantom.SkinTone;
import org.clarion.training.phantom.Turn;
import org.clarion.training.phantom.View;
import org.clarion.training.phantom.Wording;
import org.clarion.training.phantom.Words;
import org.clarion.training.phantom.raster.Chance;

/** The two steps of text for a skin photo, concepts and then disease with advice, and a dialogue. */
final class SkinText {
  private static final String CONCEPT_QUESTION = "Could you describe the medical concepts of skin disease in this image for me?";

  private final Disease disease;
  private final Set<Concept> concepts;
  private final View view;
  private final SkinTone tone;
  private final Chance chance;
  private final Wording wording;

  SkinText(Disease disease, Set<Concept> concepts, View view, SkinTone tone, Chance chance,
      Wording.Variety variety) {
    this.disease = disease;
    this.concepts = concepts;
    this.view = view;
    this.tone = tone;
    this.chance = chance;
    this.wording = new Wording(chance, variety);
  }

  /** The list of clinical concepts. */
  String caption() {
    return concepts.isEmpty()
        ? wording.of("This is an image of healthy skin without medical features.",
            "This is a skin image without a visible lesion.")
        : wording.of("This is a skin disease image with the following medical features (clinical concepts): ",
            "The following clinical concepts are visible: ") + list() + ".";
  }

  /** Concepts, then disease, then what to do. */
  String report() {
    if (disease == Disease.HEALTHY) {
      return caption() + " "
          + wording.of("This could be an image of healthy skin.", "The skin looks like healthy skin.")
          + " " + disease.advice();
    }
    String could = wording.of("This could be a skin disease image of " + disease.words() + ".",
        "The picture is in keeping with " + disease.words() + ".", "The most likely diagnosis is " + disease.words()
            + ".");
    return caption() + " " + could + " " + disease.advice();
  }

  /** Questions of a patient or clinician with their answers; the first asks for the report. */
  List<Turn> dialogue(String report) {
    List<Turn> turns = new ArrayList<>();
    turns.add(new Turn(FirstQuestions.ask(PhantomKind.SKIN, chance), report));
    turns.add(new Turn(CONCEPT_QUESTION, caption()));
    turns.add(new Turn(chance.of("What is the most likely diagnosis?", "Which disease could this be?"),
        disease == Disease.HEALTHY ? "This looks like healthy skin." : "This could be " + disease.words() + "."));
    turns.add(new Turn(chance.of("What is the cause of this skin disease?", "Where does it come from?"), disease
        .cause()));
    turns.add(new Turn(chance.of("What treatment should be recommended?", "What should I do?"), disease.advice()));
    turns.add(axis(Concept.Axis.COLOUR, "Which colours do you see?", "No colour other than that of the skin."));
    turns.add(axis(Concept.Axis.MORPHOLOGY, "What kind of lesion is it?", "There is no lesion."));
    turns.add(axis(Concept.Axis.DISTRIBUTION, "How are the lesions distributed?", "There are no lesions."));
    turns.add(new Turn("What is the skin tone?", "About Fitzpatrick type " + tone.label() + "."));
    turns.add(new Turn("Can you be sure from a photo?",
        "No, this is a draft from " + Words.a(view.label()) + " picture; a clinician must examine the skin."));
    return turns;
  }

  private Turn axis(Concept.Axis axis, String question, String none) {
    List<String> seen = concepts.stream().filter(concept -> concept.axis() == axis).map(Concept::words).toList();
    return new Turn(question, seen.isEmpty() ? none : Words.sentence(Words.series(seen)) + ".");
  }

  private String list() {
    return String.join(", ", concepts.stream().map(Concept::words).toList());
  }
}

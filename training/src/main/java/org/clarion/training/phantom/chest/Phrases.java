package org.clarion.training.phantom.chest;

import java.util.List;
import org.clarion.training.phantom.Extent;
import org.clarion.training.phantom.Finding;
import org.clarion.training.phantom.FindingLabel;
import org.clarion.training.phantom.Side;
import org.clarion.training.phantom.Wording;
import org.clarion.training.phantom.Words;
import org.clarion.training.phantom.Zone;

/** The ways in which one finding of a chest radiograph is said. Both sides at once are one phrase. */
final class Phrases {
  private final Wording wording;

  Phrases(Wording wording) {
    this.wording = wording;
  }

  /** A noun phrase, lower case, as an impression lists it: {@code small left pleural effusion}. */
  String noun(List<FindingLabel> of) {
    FindingLabel first = of.getFirst();
    String side = side(of);
    return switch (first.finding()) {
      case CARDIOMEGALY -> heartSize(first.extent()) + " cardiomegaly";
      case EFFUSION -> first.extent().label() + side + (of.size() > 1 ? " pleural effusions" : " pleural effusion");
      case PNEUMOTHORAX -> first.extent().label() + side + " pneumothorax";
      case CONSOLIDATION -> first.extent().label() + side + zone(first) + " consolidation";
      case NODULE -> first.count() > 1
          ? number(first.count()) + " " + first.extent().label() + side + zone(first) + " pulmonary nodules"
          : first.extent().label() + side + zone(first) + " pulmonary nodule";
      case TUBE -> "endotracheal tube";
      case LINE -> (side + " central venous line").strip();
    };
  }

  /** A sentence of the findings. */
  String sentence(List<FindingLabel> of) {
    FindingLabel first = of.getFirst();
    String noun = noun(of);
    String a = first.count() > 1 || of.size() > 1 || first.finding() == Finding.CARDIOMEGALY ? noun : Words.a(noun);
    boolean many = first.count() > 1 || of.size() > 1;
    String there = many ? "There are " : "There is ";
    String plain = there + a + ".";
    return switch (first.finding()) {
      case CARDIOMEGALY -> wording.of(plain, "The heart is enlarged, with " + noun + ".",
          "The cardiac silhouette is enlarged, in keeping with " + noun + ".");
      case EFFUSION -> first.side() == Side.NONE
          ? wording.of(plain, Words.sentence(a) + " is seen posteriorly.")
          : many
              ? wording.of(plain, Words.sentence(noun) + " blunt both costophrenic angles.")
              : wording.of(plain, "The " + first.side().label() + " costophrenic angle is blunted by " + a + ".", Words
                  .sentence(a) + " is present.");
      case PNEUMOTHORAX -> wording.of(plain, "A visceral pleural line on the " + first.side().label() + " outlines " + a
          + ".", Words.sentence(a) + " is present, without lung markings beyond the pleural line.");
      case CONSOLIDATION -> wording.of(plain, Words.sentence(a) + " with air bronchograms is present.",
          "Airspace opacity is in keeping with " + a + ".");
      case NODULE -> many
          ? wording.of(plain, Words.sentence(noun) + " are seen.")
          : wording.of(plain, Words.sentence(a) + " is seen.", "A round opacity is in keeping with " + a + ".");
      case TUBE -> wording.of("An endotracheal tube is in place, with its tip above the carina.",
          "The endotracheal tube tip lies above the carina.", "There is an endotracheal tube above the carina.");
      case LINE -> wording.of("A " + first.side().label()
          + " central venous line ends in the superior vena cava.",
          "There is a " + first.side().label()
              + " central venous line.",
          "A " + first.side().label() + " central venous line is in place.");
    };
  }

  /** Where it is: {@code in the left lower zone}. */
  String where(List<FindingLabel> of) {
    FindingLabel first = of.getFirst();
    String side = side(of).strip();
    return switch (first.finding()) {
      case CARDIOMEGALY -> "in the heart, which is enlarged";
      case TUBE -> "in the trachea, with its tip above the carina";
      case LINE -> "on the " + side + ", with its tip in the superior vena cava";
      case EFFUSION -> of.size() > 1 ? "on both sides" : side.isEmpty() ? "posteriorly" : "on the " + side;
      case PNEUMOTHORAX -> "on the " + side;
      case CONSOLIDATION, NODULE -> "in the " + (side.isEmpty() ? "" : side + " ") + first.zone().words() + " zone";
    };
  }

  /** That it is not there, as a noun phrase for a list: {@code pleural effusion}. */
  static String absent(Finding finding) {
    return switch (finding) {
      case CARDIOMEGALY -> "cardiomegaly";
      case EFFUSION -> "pleural effusion";
      case PNEUMOTHORAX -> "pneumothorax";
      case CONSOLIDATION -> "consolidation";
      case NODULE -> "pulmonary nodule";
      case TUBE -> "endotracheal tube";
      case LINE -> "central venous line";
    };
  }

  /** What is sensible to do about it. */
  static String advice(Finding finding) {
    return switch (finding) {
      case CARDIOMEGALY -> "Echocardiography may help to assess the heart.";
      case EFFUSION -> "Ultrasound of the chest can confirm the fluid and guide drainage.";
      case PNEUMOTHORAX -> "Urgent clinical assessment is advised; a drain may be needed.";
      case CONSOLIDATION -> "Correlate with signs of infection, and repeat the film after treatment.";
      case NODULE -> "CT of the chest is advised to characterise it.";
      case TUBE, LINE -> "Check the position of the device clinically.";
    };
  }

  private static String side(List<FindingLabel> of) {
    if (of.size() > 1) {
      return " bilateral";
    }
    Side side = of.getFirst().side();
    return side == Side.NONE ? "" : " " + side.label();
  }

  private static String zone(FindingLabel label) {
    return label.zone() == Zone.NONE ? "" : " " + label.zone().words() + " zone";
  }

  private static String heartSize(Extent extent) {
    return switch (extent) {
      case SMALL, NONE -> "mild";
      case MODERATE -> "moderate";
      case LARGE -> "marked";
    };
  }

  private static String number(int count) {
    return count == 2 ? "two" : "three";
  }
}

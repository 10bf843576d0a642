package org.clarion.training.phantom.skin;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.clarion.training.phantom.Concept;
import org.clarion.training.phantom.Disease;
import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Smooth;

/**
 * The marks of one disease on one picture, and the concepts that can be seen in it: those that every picture of the
 * disease shows, and how the lesions of this one are spread. One method a disease; long because diseases are many.
 */
final class Scene {
  private static final Outline.Shape SHARP = new Outline.Shape(0.1, 0, 0.08);
  private static final Outline.Shape COAST = new Outline.Shape(0.24, 0.1, 0.06);
  private static final Outline.Shape BLURRED = new Outline.Shape(0.22, 0.1, 0.7);

  private final List<Mark> marks = new ArrayList<>();
  private final Set<Concept> concepts;
  private final Layout layout;
  private final Tint tint;
  private final Chance chance;

  private Scene(Disease disease, Layout layout, Tint tint, Chance chance) {
    this.layout = layout;
    this.tint = tint;
    this.chance = chance;
    this.concepts = disease.concepts().isEmpty() ? EnumSet.noneOf(Concept.class) : EnumSet.copyOf(disease.concepts());
  }

  static Scene of(Disease disease, Layout layout, Tint tint, Chance chance) {
    Scene scene = new Scene(disease, layout, tint, chance);
    switch (disease) {
      case HEALTHY -> {
      } // Nothing but skin.
      case ACNE -> scene.acne();
      case ECZEMA -> scene.eczema();
      case PSORIASIS -> scene.psoriasis();
      case TINEA -> scene.tinea();
      case NAEVUS -> scene.marks.add(new Mole(layout.one(chance, 0.075, 0.12), scene.pigment(1.15)));
      case MELANOMA -> scene.marks.add(new PigmentedPatch(layout.one(chance, 0.15, 0.21)));
      case BASAL_CELL_CARCINOMA -> scene.basalCellCarcinoma();
      case ACTINIC_KERATOSIS -> scene.actinicKeratosis();
      case SEBORRHOEIC_KERATOSIS -> scene.marks.add(new Wart(layout.one(chance, 0.12, 0.17), scene.pigment(0.75)));
      case VITILIGO -> scene.vitiligo();
      case HERPES_ZOSTER -> scene.zoster();
      case BULLOUS_PEMPHIGOID -> scene.pemphigoid();
      case IMPETIGO -> scene.impetigo();
      case URTICARIA -> layout.several(chance, chance.integer(4, 7), 0.065, 0.105, 2.5).forEach(
          spot -> scene.marks.add(new Wheal(spot)));
      case MOLLUSCUM -> layout.several(chance, chance.integer(5, 10), 0.03, 0.042, 3).forEach(scene::molluscum);
      case ANGIOMA -> scene.angioma();
    }
    return scene;
  }

  /** What to draw, in this order. */
  List<Mark> marks() {
    return List.copyOf(marks);
  }

  /** What can be seen. */
  Set<Concept> concepts() {
    return concepts;
  }

  private void acne() {
    marks.add(new Macule(layout.one(chance, 0.3, 0.4), BLURRED, 0, 0.16, 0.4));
    int count = chance.integer(9, 15);
    List<Spot> spots = layout.several(chance, count, 0.02, 0.031, 2.8);
    for (int i = 0; i < spots.size(); i++) {
      marks.add(i % 2 == 0 ? new Pustule(spots.get(i)) : new Papule(spots.get(i), 0, 0.95, 0.15));
    }
  }

  private void eczema() {
    for (Spot spot : spread(1, 3, 0.16, 0.24)) {
      marks.add(new Macule(spot, BLURRED, 0.06, 0.72, 0.35));
      layout.group(chance, 12, 0.007, 0.012, spot.x(), spot.y()).forEach(small -> marks.add(new Papule(small, 0, 0.35,
          0.1)));
      marks.add(new Scale(spot, 0.24, 75));
    }
  }

  private void psoriasis() {
    for (Spot spot : spread(1, 3, 0.14, 0.2)) {
      marks.add(new Plaque(spot, SHARP, 0.05, 0.95, 0.2));
      marks.add(new Scale(new Spot(spot.x(), spot.y(), spot.radius() * 0.9), 0.62, 42));
    }
  }

  private void tinea() {
    for (Spot spot : spread(1, 2, 0.16, 0.22)) {
      marks.add(new Ring(spot, 1.05));
    }
  }

  private void basalCellCarcinoma() {
    Spot spot = layout.one(chance, 0.1, 0.135);
    marks.add(new Papule(spot, -0.04, 0.42, 0.32));
    marks.add(new Telangiectasia(spot));
    marks.add(
        new Ulcer(new Spot(spot.x() + 0.12 * spot.radius(), spot.y() + 0.1 * spot.radius(), spot.radius() * 0.36)));
  }

  private void actinicKeratosis() {
    for (Spot spot : layout.several(chance, chance.integer(3, 5), 0.055, 0.08, 2.6)) {
      marks.add(new Macule(spot, new Outline.Shape(0.2, 0, 0.35), 0, 0.72, 0.3));
      marks.add(new Crust(new Spot(spot.x(), spot.y(), spot.radius() * 0.6), 0.74, 0.66, 0.52));
    }
  }

  private void vitiligo() {
    // On the lightest skin the patches show because the skin around is tanned.
    double tan = Smooth.step(6, 1, tint.monk()) * 0.3;
    marks.add(new Macule(new Spot(0.5, 0.5, 2), new Outline.Shape(0, 0, 0.01), tan, 0, 0.02));
    for (Spot spot : spread(1, 4, 0.11, 0.2)) {
      marks.add(new Macule(spot, COAST, -0.93 - tan, -0.2, 0.02));
    }
  }

  private void zoster() {
    double slant = chance.between(-0.45, 0.45);
    int groups = chance.integer(2, 3);
    for (int i = 0; i < groups; i++) {
      double along = (i + 0.5) / groups - 0.5;
      double x = 0.5 + along * 1.8 * layout.halfWidth();
      double y = 0.47 + along * slant + chance.between(-0.05, 0.05);
      marks.add(new Macule(new Spot(x, y, 0.125 * layout.scale()), new Outline.Shape(0.2, 0, 0.45), 0, 0.85, 0.2));
      layout.group(chance, chance.integer(6, 9), 0.02, 0.028, x, y).forEach(spot -> marks.add(new Blister(spot)));
    }
  }

  private void pemphigoid() {
    for (Spot spot : spread(2, 4, 0.075, 0.115)) {
      marks.add(new Macule(new Spot(spot.x(), spot.y(), spot.radius() * 1.5), new Outline.Shape(0.15, 0, 0.4), 0, 0.6,
          0.2));
      marks.add(new Blister(spot));
    }
  }

  private void impetigo() {
    Spot middle = layout.one(chance, 0.17, 0.21);
    marks.add(new Macule(middle, new Outline.Shape(0.25, 0, 0.4), 0, 0.75, 0.2));
    layout.group(chance, chance.integer(4, 7), 0.04, 0.062, middle.x(), middle.y()).forEach(spot -> marks.add(new Crust(
        spot, 0.8, 0.58, 0.3)));
  }

  private void molluscum(Spot spot) {
    marks.add(new Papule(spot, -0.12, 0.12, 0.3));
    marks.add((photo, _) -> new Spot(spot.x(), spot.y(), spot.radius() * 0.34).each(photo.height, 1.4, (column, row,
        far) -> {
      double dip = Smooth.step(1.3, 0.4, far);
      photo.height.add(column, row, -0.22 * spot.radius() * dip);
      photo.lay(column, row, 0.45, 0.25, 0.2, 0.55 * dip);
    }));
  }

  private void angioma() {
    for (Spot spot : spread(1, 4, 0.035, 0.06)) {
      marks.add(new Papule(spot, 0.1, 1.9, 0.3));
      marks.add((photo, own) -> new Outline(spot, SHARP, own).each(photo.cover, 1.4, (column, row, inside, _) -> photo
          .lay(column, row, 0.5, 0.03, 0.16, 0.6 * inside)));
    }
  }

  /** So many, with the concept that says so. */
  private List<Spot> spread(int fewest, int most, double from, double to) {
    int count = chance.integer(fewest, most);
    List<Spot> spots = count == 1
        ? List.of(layout.one(chance, from, to))
        : layout.several(chance, count, from * 0.8, to
            * 0.8, 2.3);
    concepts.add(spots.size() == 1 ? Concept.SOLITARY : Concept.SCATTERED);
    return spots;
  }

  /** Pigment that stands out as well on dark skin as on light. */
  private double pigment(double onLight) {
    return onLight * chance.between(0.85, 1.15) * (1 + 0.03 * (tint.monk() - 1));
  }
}

package org.clarion.training.phantom.chest;

import java.util.ArrayList;
import java.util.List;
import org.clarion.training.phantom.Extent;
import org.clarion.training.phantom.Finding;
import org.clarion.training.phantom.FindingLabel;
import org.clarion.training.phantom.Side;
import org.clarion.training.phantom.View;
import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Plane;

/** Draws a chest seen from the front, layer by layer from the skin to the lead markers. */
final class FrontalFilm {
  private FrontalFilm() {}

  static Plane draw(ChestPlan plan, Chance chance, int size) {
    boolean bed = plan.view() == View.AP;
    Film film = new Film(size, chance.fork("pose"), bed ? 1.2 : 0.7);
    for (Organ organ : organs(plan, chance, bed)) {
      organ.draw(film);
    }
    Chance last = chance.fork("finish");
    new Finish(last, bed).apply(film, last.happens(0.9) ? last.of(Side.LEFT, Side.RIGHT) : Side.NONE, plan.view());
    return film.bright;
  }

  private static List<Organ> organs(ChestPlan plan, Chance chance, boolean bed) {
    Chance anatomy = chance.fork("anatomy");
    Thorax thorax = new Thorax(anatomy, heart(plan, anatomy, bed), bed
        ? anatomy.between(0.1, 0.6)
        : anatomy.between(
            0.55, 1),
        shift(plan));
    SoftTissue tissue = new SoftTissue(thorax, new Noise(anatomy.next()), anatomy.happens(0.45)
        ? anatomy.between(0.03, 0.09)
        : 0);
    List<Organ> organs = new ArrayList<>();
    organs.add(tissue);
    organs.add(new Lungs(thorax, tissue, new Noise(anatomy.next()), anatomy.between(0.12, 0.2)));
    pleuraAndLung(plan, thorax, chance, organs, Finding.PNEUMOTHORAX);
    organs.add(new Vessels(thorax, chance.fork("vessels")));
    pleuraAndLung(plan, thorax, chance, organs, Finding.CONSOLIDATION);
    pleuraAndLung(plan, thorax, chance, organs, Finding.NODULE);
    organs.add(new Mediastinum(thorax, new Noise(anatomy.next())));
    organs.add(new Abdomen(thorax, chance.fork("abdomen")));
    pleuraAndLung(plan, thorax, chance, organs, Finding.EFFUSION);
    organs.add(new RibCage(thorax, chance.fork("ribs"), anatomy.between(0.1, 0.14)));
    organs.add(new Spine(chance.fork("spine"), anatomy.between(0.03, 0.06)));
    organs.add(new ShoulderGirdle(thorax, chance.fork("shoulders"), bed));
    if (bed && anatomy.happens(0.4)) {
      organs.add(new Electrodes(chance.fork("electrodes")));
    }
    pleuraAndLung(plan, thorax, chance, organs, Finding.TUBE);
    pleuraAndLung(plan, thorax, chance, organs, Finding.LINE);
    return organs;
  }

  private static void pleuraAndLung(ChestPlan plan, Thorax thorax, Chance chance, List<Organ> organs, Finding layer) {
    for (FindingLabel label : plan.findings()) {
      if (label.finding() == layer) {
        Chance own = chance.fork(layer.label() + label.side().label());
        switch (layer) {
          case CARDIOMEGALY -> {
          } // The thorax is made with such a heart.
          case EFFUSION -> organs.add(new Effusion(thorax, label.side(), label.extent(), own));
          case PNEUMOTHORAX -> organs.add(new Pneumothorax(thorax, label.side(), label.extent(), own));
          case CONSOLIDATION -> organs.add(new Consolidation(thorax, label.side(), label.zone(), label.extent(), own));
          case NODULE ->
            organs.add(new Nodules(thorax, label.side(), label.zone(), label.extent(), label.count(), own));
          case TUBE -> organs.add(new EndotrachealTube(thorax, own));
          case LINE -> organs.add(new CentralLine(thorax, label.side(), own));
        }
      }
    }
  }

  private static double heart(ChestPlan plan, Chance chance, boolean bed) {
    Extent extent = plan.findings().stream().filter(label -> label.finding() == Finding.CARDIOMEGALY).map(
        FindingLabel::extent).findFirst().orElse(Extent.NONE);
    return switch (extent) {
      case NONE -> chance.between(0.41, 0.465) + (bed ? 0.015 : 0);
      case SMALL -> chance.between(0.555, 0.58);
      case MODERATE -> chance.between(0.61, 0.64);
      case LARGE -> chance.between(0.67, 0.71);
    };
  }

  /** Much air on one side pushes the heart to the other. */
  private static double shift(ChestPlan plan) {
    for (FindingLabel label : plan.findings()) {
      if (label.finding() == Finding.PNEUMOTHORAX && label.extent() == Extent.LARGE) {
        return -0.022 * Thorax.sign(label.side());
      }
    }
    return 0;
  }
}

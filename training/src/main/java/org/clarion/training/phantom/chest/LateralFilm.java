package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.Extent;
import org.clarion.training.phantom.Finding;
import org.clarion.training.phantom.FindingLabel;
import org.clarion.training.phantom.Side;
import org.clarion.training.phantom.Zone;
import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Curve;
import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Plane;
import org.clarion.training.phantom.raster.Smooth;
import org.clarion.training.phantom.raster.Stroke;

/**
 * A chest seen from the side, the breastbone at the left of the film and the spine at the right. One class: both lungs
 * lie over each other, so that nothing here is shared with the view from the front. {@code u} is 0 in the middle and
 * grows backwards, {@code v} grows downwards.
 */
final class LateralFilm {
  /** The inner chest wall in front and behind, and the skin. */
  private final Curve front;
  private final Curve back;
  private final Curve skin;
  private final Curve spine;
  private final double dome;
  private final double heart;
  private final double level;
  private final ChestPlan plan;
  private final Chance chance;
  private final Noise noise;

  private LateralFilm(ChestPlan plan, Chance chance) {
    this.plan = plan;
    this.chance = chance;
    this.noise = new Noise(chance.next());
    double deep = chance.between(-0.02, 0.02);
    front = Curve.through(0.08, -0.01, 0.15, -0.09, 0.25, -0.175 - deep, 0.4, -0.235 - deep, 0.6, -0.26 - deep, 0.9,
        -0.25 - deep);
    back = Curve.through(0.08, 0.1, 0.2, 0.2, 0.4, 0.265 + deep, 0.6, 0.285 + deep, 0.9, 0.25 + deep);
    skin = Curve.through(0, 0.34, 0.1, 0.31, 0.2, 0.32, 0.35, 0.345, 0.6, 0.355, 1, 0.36);
    spine = Curve.through(0, 0.1, 0.2, 0.17, 0.45, 0.215, 0.7, 0.195, 1, 0.12);
    dome = chance.between(0.68, 0.73);
    level = chance.between(0.17, 0.24);
    heart = switch (extent(plan, Finding.CARDIOMEGALY)) {
      case NONE -> chance.between(0.118, 0.13);
      case SMALL -> 0.162;
      case MODERATE -> 0.182;
      case LARGE -> 0.205;
    };
  }

  static Plane draw(ChestPlan plan, Chance chance, int size) {
    Film film = new Film(size, chance.fork("pose"), 0.6);
    LateralFilm lateral = new LateralFilm(plan, chance.fork("lateral"));
    lateral.draw(film);
    new Finish(chance.fork("finish"), false).apply(film, Side.NONE, plan.view());
    return film.bright;
  }

  private void draw(Film film) {
    film.each((pixel, u, v) -> {
      double body = skin.at(v) - Math.abs(u - 0.01);
      film.add(pixel, (0.4 + 0.16 * Smooth.step(0, 0.1, body)) * Smooth.inside(body, 0.02));
      double lung = lung(u, v);
      double air = level + 0.05 * noise.rough(u * 12, v * 12, 3) + 0.12 * shoulder(u, v);
      double mask = Smooth.inside(lung, 0.016);
      film.blend(pixel, air, 0.95 * mask);
      film.lung.values()[pixel] = (float) mask;
    });
    hilum(film);
    lungFindings(film);
    film.each((pixel, u, v) -> {
      heart(film, pixel, u, v);
      bones(film, pixel, u, v);
      double below = v - diaphragm(u, dome);
      film.blend(pixel, 0.63,
          Smooth.inside(below, 0.012) * Smooth.inside(skin.at(v) - 0.02 - Math.abs(u - 0.01), 0.05));
      // The other dome shows as a second line a little lower.
      film.add(pixel,
          0.05 * Smooth.inside(v - diaphragm(u, dome + 0.03), 0.01) * Smooth.inside(skin.at(v) - Math.abs(u), 0.02));
    });
    if (plan.has(Finding.EFFUSION)) {
      effusion(film);
    }
  }

  private double lung(double u, double v) {
    return Math.min(Math.min(u - front.at(v), back.at(v) - u),
        Math.min(diaphragm(u, dome) - v, (v - 0.1 - 1.6 * (u - 0.03) * (u - 0.03)) * 1.2));
  }

  private static double diaphragm(double u, double top) {
    double out = u + 0.07;
    return top + (out > 0 ? 1.35 : 0.8) * out * out;
  }

  /** Upraised arms leave a shade over the upper chest. */
  private static double shoulder(double u, double v) {
    return Smooth.step(0.3, 0.12, v) * Smooth.step(-0.15, 0.1, u);
  }

  private void hilum(Film film) {
    film.around(0.02, 0.4, 0.12, (pixel, u, v) -> {
      double far = Math.sqrt((u - 0.02) * (u - 0.02) + (v - 0.4) * (v - 0.4) * 0.6);
      film.add(pixel, 0.16 * Smooth.bump(far, 0.045) * (1 + 0.5 * noise.at(u * 30, v * 30)));
    });
    Plane cover = new Plane(film.bright.size());
    Stroke.Ink best = (column, row, share) -> cover.set(column, row, Math.max(cover.at(column, row), share));
    for (int i = 0; i < 30; i++) {
      double angle = chance.between(-3.1, 3.1);
      double length = chance.between(0.06, 0.12);
      double u = 0.02 + chance.between(0.02, 0.11) * StrictMath.cos(angle);
      double v = 0.4 + chance.between(0.02, 0.13) * StrictMath.sin(angle);
      double bent = angle + chance.between(-0.5, 0.5);
      film.line(cover, u, v, u + length * StrictMath.cos(bent), v + length * StrictMath.sin(bent),
          0.012, 0.004, best);
    }
    float[] values = cover.values();
    for (int i = 0; i < values.length; i++) {
      film.add(i, 0.1 * values[i] * film.lung.values()[i]);
    }
  }

  private void heart(Film film, int pixel, double u, double v) {
    double x = u + 0.085;
    double y = v - (dome - 0.1);
    double turned = x * 0.85 + y * 0.53;
    double across = y * 0.85 - x * 0.53;
    double far = Math.sqrt(turned * turned + across * across * 1.25);
    // It rests on the diaphragm and leans on the breastbone, so that only its back is a clear edge.
    double share = Math.max(Smooth.inside(heart - far, 0.03), Smooth.inside(heart - 0.01 - Math.abs(x + 0.02), 0.04)
        * Smooth.inside(y + 0.03, 0.05));
    film.blend(pixel, 0.56 + 0.05 * noise.at(u * 7, v * 7), 0.9 * share * Smooth.inside(u - front.at(v), 0.02));
    // The arch of the aorta and the dark trachea.
    double arch = Math.abs(Math.sqrt((u - 0.03) * (u - 0.03) + (v - 0.33) * (v - 0.33)) - 0.07);
    film.add(pixel, 0.07 * Smooth.inside(0.026 - arch, 0.015) * Smooth.step(0.36, 0.3, v));
    film.add(pixel, -0.12 * Smooth.inside(0.015 - Math.abs(u - 0.03 - 0.1 * (v - 0.2)), 0.01) * Smooth.step(0.36, 0.32,
        v));
  }

  private void bones(Film film, int pixel, double u, double v) {
    double middle = spine.at(v);
    double away = u - middle;
    double place = (v + 0.25 * away) / 0.058;
    double within = place - Math.floor(place);
    double body = Smooth.inside(0.033 - Math.abs(away), 0.008) * (0.25 + 0.75 * Smooth.step(0.04, 0.16, within)
        * Smooth.step(1, 0.9, within));
    // The spine grows darker downwards where nothing lies over it: the sign that readers look for.
    film.add(pixel, (0.16 - 0.08 * v) * body * Smooth.step(0.02, 0.16, v));
    double rib = (v - 0.3 * (u + 0.3) - 0.12 - 0.5 * (u + 0.1) * (u + 0.1)) / 0.066;
    double far = Math.abs(rib - Math.rint(rib)) * 0.066;
    film.add(pixel,
        0.045 * Smooth.bump(far, 0.008) * Smooth.inside(back.at(v) + 0.02 - u, 0.02) * Smooth.inside(u - front
            .at(v), 0.02) * Smooth.step(0.8, 0.7, v));
    double sternum = u - front.at(v) + 0.016;
    film.add(pixel, 0.16 * Smooth.inside(0.011 - Math.abs(sternum), 0.008) * Smooth.step(0.18, 0.24, v) * Smooth.step(
        0.7, 0.62, v));
  }

  private void lungFindings(Film film) {
    for (FindingLabel label : plan.findings()) {
      double v = switch (label.zone()) {
        case UPPER -> 0.22;
        case MIDDLE -> 0.42;
        case LOWER, NONE -> 0.6;
      };
      // Behind the heart, where the lung is clear.
      double u = label.zone() == Zone.UPPER ? 0.06 : 0.12;
      if (label.finding() == Finding.NODULE) {
        double radius = size(label.extent(), 0.023, 0.034, 0.048);
        for (int i = 0; i < label.count(); i++) {
          round(film, u + 0.1 * (i % 2) - 0.05 * i, v + 0.07 * i * (label.zone() == Zone.LOWER ? -1 : 1), radius, 0);
        }
      } else if (label.finding() == Finding.CONSOLIDATION) {
        round(film, u, v, size(label.extent(), 0.07, 0.095, 0.13), 0.36);
      }
    }
  }

  private void round(Film film, double u, double v, double radius, double ragged) {
    film.around(u, v, radius * 1.7, (pixel, x, y) -> {
      double far = Math.sqrt((x - u) * (x - u) + (y - v) * (y - v)) / radius + ragged * noise.rough(x * 16, y * 16, 3);
      double soft = ragged > 0 ? 0.6 : 0.86;
      film.blend(pixel, 0.62, 0.8 * film.lung.values()[pixel] * Smooth.step(2 - soft - 0.12, soft, far));
    });
  }

  private void effusion(Film film) {
    double rise = size(extent(plan, Finding.EFFUSION), 0.03, 0.11, 0.2);
    film.each((pixel, u, v) -> {
      double away = Smooth.unit((u + 0.1) / 0.36);
      double front = Smooth.step(-0.25, -0.1, u);
      double surface = dome + 0.1 - rise - 0.14 * away * away * away + 0.06 * (1 - front);
      double within = Math.min(back.at(v) + 0.004 - u, diaphragm(u, dome) + 0.02 - v);
      double share = Smooth.step(-0.012, 0.03, v - surface) * Smooth.inside(within, 0.012);
      film.blend(pixel, Math.max(0.71, film.bright.values()[pixel]), 0.93 * share * film.lung.values()[pixel]);
    });
  }

  private static Extent extent(ChestPlan plan, Finding finding) {
    return plan.findings().stream().filter(label -> label.finding() == finding).map(FindingLabel::extent).findFirst()
        .orElse(Extent.NONE);
  }

  private static double size(Extent extent, double small, double moderate, double large) {
    return switch (extent) {
      case SMALL, NONE -> small;
      case MODERATE -> moderate;
      case LARGE -> large;
    };
  }
}

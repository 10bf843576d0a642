package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Smooth;

/** Ten pairs of ribs: bright behind, where they fall outwards; fainter in front, where they fall inwards. */
final class RibCage implements Organ {
  private static final double HALF = 0.0125;

  private final Thorax thorax;
  private final double first;
  private final double step;
  private final double slope;
  private final double strength;

  RibCage(Thorax thorax, Chance chance, double strength) {
    this.thorax = thorax;
    this.first = thorax.apex + chance.between(0.015, 0.03);
    this.step = chance.between(0.061, 0.068);
    this.slope = chance.between(1.25, 1.6);
    this.strength = strength;
  }

  @Override
  public void draw(Film film) {
    film.each((pixel, u, v) -> {
      double away = Math.abs(u);
      double wall = thorax.wall(v) + 0.012 - away;
      if (wall > 0 && v > thorax.apex && v < 0.93) {
        double edge = Smooth.step(0, 0.02, wall);
        // Ribs seen edge-on at the side of the chest are brighter.
        double tangent = 1 + 0.7 * Smooth.step(0.07, 0.01, wall);
        double outward = away - 0.07;
        double behind = profile((v - first - slope * outward * outward * Math.signum(outward)) / step, 10)
            * Smooth.step(0.025, 0.06, away);
        double front = profile((v - first - 0.085 - 0.42 * (thorax.width - away)) / (step * 1.08), 7)
            * Smooth.step(0.1, 0.19, away);
        // Thick tissue leaves little contrast to bone.
        double contrast = 0.15 + 0.85 * Smooth.step(0.85, 0.2, film.bright.values()[pixel]);
        film.add(pixel, contrast * strength * edge * tangent * (behind + 0.55 * front));
      }
    });
  }

  /** Brightness across a rib: two cortical edges with a fainter middle. */
  private double profile(double place, int count) {
    double nearest = Math.rint(place);
    if (nearest < 0 || nearest >= count) {
      return 0;
    }
    double far = Math.abs(place - nearest) * step;
    return 0.75 * Smooth.inside(HALF - far, 0.006) + 0.45 * Smooth.bump(far - HALF * 0.8, 0.0035);
  }
}

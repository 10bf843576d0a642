package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.Side;
import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Smooth;

/** What lies below the diaphragm: the liver's shade, and the stomach's bubble of air under the left dome. */
final class Abdomen implements Organ {
  private final Thorax thorax;
  private final double bubbleAway;
  private final double bubbleWide;
  private final double bubbleHigh;
  private final double gas;

  Abdomen(Thorax thorax, Chance chance) {
    this.thorax = thorax;
    this.bubbleAway = chance.between(0.15, 0.22);
    this.bubbleWide = chance.between(0.035, 0.065);
    this.bubbleHigh = chance.between(0.025, 0.045);
    this.gas = chance.happens(0.75) ? chance.between(0.22, 0.36) : 0;
  }

  @Override
  public void draw(Film film) {
    double bubbleTop = thorax.diaphragm(Side.LEFT, bubbleAway) + 0.022;
    film.each((pixel, u, v) -> {
      double away = Math.abs(u);
      double below = v - thorax.diaphragm(Thorax.side(u), away);
      if (below > -0.02 && v > 0.4) {
        double firm = Smooth.inside(below, 0.012) * Smooth.inside(thorax.body(v) - away, 0.03);
        double flank = Smooth.inside(thorax.wall(v) + 0.005 - away, 0.05);
        double level = (u < 0 ? 0.75 : 0.72) + 0.06 * Smooth.step(0, 0.2, below) - 0.1 * Smooth.step(0.25, 0.45, away);
        film.blend(pixel, level, firm * flank);
        double x = (u - bubbleAway) / bubbleWide;
        double y = (v - bubbleTop - bubbleHigh) / bubbleHigh;
        film.add(pixel, -gas * Smooth.step(1.15, 0.7, x * x + y * y));
      }
    });
  }
}

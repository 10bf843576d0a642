package org.clarion.training.phantom.skin;

import java.awt.image.BufferedImage;
import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Images;
import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Plane;
import org.clarion.training.phantom.raster.Smooth;
import org.clarion.training.phantom.raster.SyntheticMark;

/** Light, shade, gloss and grain: what a phone makes of {@link Photo}'s layers. */
final class Camera {
  private final Tint tint;
  private final double lightX;
  private final double lightY;
  private final double slope;
  private final double warm;
  private final double exposure;
  private final double gloss;
  private final Chance chance;

  Camera(Tint tint, Chance chance) {
    this.tint = tint;
    this.chance = chance;
    double from = chance.between(0, 6.28);
    lightX = StrictMath.cos(from);
    lightY = StrictMath.sin(from);
    slope = chance.between(0.02, 0.16);
    warm = chance.between(-0.035, 0.035);
    exposure = chance.between(0.93, 1.06);
    gloss = chance.between(0.02, 0.06);
  }

  /** The picture. */
  BufferedImage take(Photo photo) {
    int size = photo.size();
    Plane red = new Plane(size);
    Plane green = new Plane(size);
    Plane blue = new Plane(size);
    for (int row = 0; row < size; row++) {
      for (int column = 0; column < size; column++) {
        develop(photo, column, row, red, green, blue);
      }
    }
    Noise grain = new Noise(chance.next());
    double fog = chance.between(0.004, 0.014);
    grain.grain(red, fog);
    grain.grain(green, fog);
    grain.grain(blue, fog * 1.3);
    SyntheticMark.burn(red, 1);
    SyntheticMark.burn(green, 1);
    SyntheticMark.burn(blue, 1);
    return Images.colour(red, green, blue);
  }

  private void develop(Photo photo, int column, int row, Plane red, Plane green, Plane blue) {
    double melanin = photo.melanin.at(column, row);
    double blood = photo.blood.at(column, row) * tint.bloodGain();
    double deep = photo.deep.at(column, row);
    // What each pigment leaves of each colour; less melanin than around leads towards pale skin.
    double r = tint.red() * absorb(melanin * 0.95 + blood * 0.12 + deep * 1.5);
    double g = tint.green() * absorb(melanin * 1.35 + blood * 0.66 + deep * 1.15);
    double b = tint.blue() * absorb(melanin * 1.7 + blood * 0.56 + deep * 0.75);
    // Blood adds its own red where melanin leaves little light.
    r += 0.012 * (tint.monk() - 1) * Smooth.unit(blood);
    double pale = Smooth.unit(-melanin);
    r = Smooth.mix(r, 0.96, pale);
    g = Smooth.mix(g, 0.86, pale);
    b = Smooth.mix(b, 0.8, pale);
    double cover = photo.cover.at(column, row);
    r = Smooth.mix(r, photo.coverRed.at(column, row), cover);
    g = Smooth.mix(g, photo.coverGreen.at(column, row), cover);
    b = Smooth.mix(b, photo.coverBlue.at(column, row), cover);
    double lean = lean(photo.height, column, row);
    double x = red.middle(column) - 0.5;
    double y = red.middle(row) - 0.5;
    double light = exposure * (1 + slope * (x * lightX + y * lightY) * 2 - 0.22 * (x * x + y * y)) * (1 + Smooth.unit(
        lean * 0.42 + 0.5) - 0.5);
    double wet = photo.wet.at(column, row);
    double shine = (gloss + wet) * Smooth.step(0.35 - 0.1 * wet, 1.1, lean) * (0.5 + 0.5 * Smooth.unit(wet * 2));
    red.set(column, row, r * light * (1 + warm) + shine);
    green.set(column, row, g * light + shine);
    blue.set(column, row, b * light * (1 - warm) + shine);
  }

  /** How far the surface leans towards the light: its slope, about within +-1. */
  private double lean(Plane height, int column, int row) {
    int last = height.size() - 1;
    double dx = height.at(Math.min(column + 1, last), row) - height.at(Math.max(column - 1, 0), row);
    double dy = height.at(column, Math.min(row + 1, last)) - height.at(column, Math.max(row - 1, 0));
    double lean = -(dx * lightX + dy * lightY) * height.size() / 2;
    return Math.clamp(lean * 1.6, -1.2, 1.2);
  }

  /** exp(-x) near enough (0.5 % up to x = 3), and the same on every machine. */
  private static double absorb(double x) {
    if (x < 0) {
      return Math.min(1.12, 1 - x * 0.6);
    }
    double t = 1 + x / 8 * (1 + x / 16 * (1 + x / 24));
    double square = t * t;
    double fourth = square * square;
    return 1 / (fourth * fourth);
  }
}

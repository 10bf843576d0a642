package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.SkinTone;
import org.clarion.training.phantom.raster.Chance;

/**
 * A colour of healthy skin as a camera with automatic exposure shows it, 0 to 1 a channel.
 *
 * @param monk
 *          step of the Monk scale, 1 to 10
 */
record Tint(SkinTone tone, int monk, double red, double green, double blue) {
  /** By step of the Monk scale; darker steps are brightened as cameras do. */
  private static final double[][] MONK = {{0.96, 0.86, 0.8}, {0.945, 0.82, 0.745}, {0.925, 0.78, 0.68}, {0.895, 0.735,
      0.615}, {0.83, 0.65, 0.52}, {0.73, 0.535, 0.4}, {0.61, 0.425, 0.305}, {0.5, 0.335, 0.24},
      {0.395, 0.265,
          0.2},
      {0.315, 0.215, 0.17}};

  static Tint of(SkinTone tone, Chance chance) {
    int monk = chance.integer(tone.monkFrom(), tone.monkTo());
    double[] base = MONK[monk - 1];
    double light = chance.between(0.95, 1.04);
    double warm = chance.between(-0.02, 0.02);
    return new Tint(tone, monk, base[0] * (light + warm), base[1] * light, base[2] * (light - warm));
  }

  /** How much stronger blood must be for the same contrast: melanin above hides it. */
  double bloodGain() {
    return 1 + 0.075 * (monk - 1);
  }
}

package org.clarion.training.phantom.skin;

import java.util.ArrayList;
import java.util.List;
import org.clarion.training.phantom.View;
import org.clarion.training.phantom.raster.Chance;

/**
 * Where lesions lie: apart from each other, and on the skin of the view.
 *
 * @param scale
 *          size of a lesion in this view
 */
record Layout(double scale, double halfWidth) {
  static Layout of(View view, Chance chance) {
    return switch (view) {
      case CLOSE_UP -> new Layout(chance.between(0.9, 1.1), 0.42);
      case OVERVIEW -> new Layout(chance.between(0.75, 0.85), 0.24);
      case DERMOSCOPY -> new Layout(chance.between(1.3, 1.5), 0.3);
      case PA, AP, LATERAL, NONE -> throw new IllegalArgumentException(view + " is no view of skin");
    };
  }

  /** One lesion near the middle. */
  Spot one(Chance chance, double from, double to) {
    return new Spot(0.5 + chance.between(-0.08, 0.08), 0.47 + chance.between(-0.08, 0.08), scale * chance.between(from,
        to));
  }

  /** Several, apart by at least this many radii. */
  List<Spot> several(Chance chance, int count, double from, double to, double apart) {
    return around(chance, count, from, to, apart, 0.5, 0.47, halfWidth, 0.36);
  }

  /** Several in a small group about a point. */
  List<Spot> group(Chance chance, int count, double from, double to, double x, double y) {
    double spread = scale * to * Math.sqrt(count) * 1.35;
    return around(chance, count, from, to, 2.05, x, y, spread, spread);
  }

  private List<Spot> around(Chance chance, int count, double from, double to, double apart, double x, double y,
      double spreadX, double spreadY) {
    List<Spot> spots = new ArrayList<>();
    for (int attempt = 0; attempt < 40 * count && spots.size() < count; attempt++) {
      Spot spot = new Spot(x + chance.between(-spreadX, spreadX), y + chance.between(-spreadY, spreadY), scale * chance
          .between(from, to));
      if (spots.stream().allMatch(other -> spot.to(other) > apart / 2 * (spot.radius() + other.radius()))) {
        spots.add(spot);
      }
    }
    return spots;
  }
}

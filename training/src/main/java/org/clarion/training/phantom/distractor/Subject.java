package org.clarion.training.phantom.distractor;

import org.clarion.training.phantom.distractor.Sketch.Colour;
import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Smooth;

/** What a distractor shows, with its name. */
enum Subject {
  CUP("a cup") {
    @Override
    void draw(Sketch sketch, Chance chance) {
      table(sketch, chance);
      Colour china = Colour.any(chance);
      double x = chance.between(0.4, 0.55);
      double wide = chance.between(0.15, 0.22);
      sketch.fill(Sketch.oval(x, 0.79, wide * 1.7, 0.07), china.times(0.85));
      sketch.fill(ring(x + wide, 0.55, 0.11, 0.035), china.times(0.7));
      sketch.fill((px, py) -> Math.min(wide * (1.05 - 0.45 * (py - 0.35)) - Math.abs(px - x), Math.min(py - 0.35, 0.78
          - py)), (px, _) -> china.times(0.6 + 0.5 * Smooth.unit(0.5 - (px - x) / wide * 0.5)));
      sketch.fill(Sketch.oval(x, 0.35, wide * 1.04, 0.05), china.times(0.9));
      sketch.fill(Sketch.oval(x, 0.355, wide * 0.92, 0.038), new Colour(0.25, 0.14, 0.07));
    }
  },
  BALL("a ball") {
    @Override
    void draw(Sketch sketch, Chance chance) {
      table(sketch, chance);
      Colour one = Colour.any(chance);
      Colour two = Colour.any(chance);
      double radius = chance.between(0.2, 0.32);
      double x = chance.between(0.4, 0.6);
      double bands = chance.between(3, 7);
      sketch.fill(Sketch.oval(x + 0.05, 0.5 + radius, radius * 1.1, 0.05), Colour.grey(0.15));
      sketch.fill(Sketch.circle(x, 0.5, radius), (px, py) -> {
        double dx = (px - x) / radius;
        double dy = (py - 0.5) / radius;
        double light = 0.45 + 0.6 * Smooth.unit(0.6 - 0.45 * dx - 0.5 * dy);
        double band = (dx * 0.8 + dy * 0.6) * bands;
        return (Math.floor(band) % 2 == 0 ? one : two).times(light);
      });
    }
  },
  HOUSE("a house") {
    @Override
    void draw(Sketch sketch, Chance chance) {
      sky(sketch, chance, 0.72);
      Colour wall = Colour.any(chance);
      double left = chance.between(0.18, 0.3);
      double right = chance.between(0.66, 0.82);
      double middle = (left + right) / 2;
      sketch.fill(Sketch.box(left, 0.45, right, 0.8), wall);
      Colour roof = new Colour(chance.between(0.4, 0.75), 0.2, 0.15);
      sketch.fill(
          (x, y) -> Math.min(0.46 - y, (y - 0.2) * 1.3 - Math.abs(x - middle) * 1.3 * 0.26 / (right - left) * 1.8),
          roof);
      sketch.fill(Sketch.box(middle - 0.05, 0.6, middle + 0.05, 0.8), new Colour(0.35, 0.22, 0.12));
      for (double x : new double[]{left + 0.05, right - 0.15}) {
        sketch.fill(Sketch.box(x, 0.52, x + 0.1, 0.63), new Colour(0.75, 0.88, 0.98));
        sketch.line(x + 0.05, 0.52, x + 0.05, 0.63, 0.008, Colour.grey(0.3));
        sketch.line(x, 0.575, x + 0.1, 0.575, 0.008, Colour.grey(0.3));
      }
    }
  },
  TREE("a tree") {
    @Override
    void draw(Sketch sketch, Chance chance) {
      sky(sketch, chance, 0.75);
      double x = chance.between(0.35, 0.65);
      sketch.line(x, 0.86, x, 0.5, chance.between(0.05, 0.08), new Colour(0.36, 0.24, 0.14));
      Noise leaves = new Noise(chance.next());
      Colour green = new Colour(0.15, chance.between(0.4, 0.6), 0.14);
      double radius = chance.between(0.2, 0.27);
      sketch
          .fill((px, py) -> radius - Math.sqrt((px - x) * (px - x) + (py - 0.38) * (py - 0.38)) + 0.07 * leaves.rough(px
              * 14, py * 14, 3), (px, py) -> green.times(1 + 0.45 * leaves.at(px * 40, py * 40)));
    }
  },
  MOUNTAINS("a landscape") {
    @Override
    void draw(Sketch sketch, Chance chance) {
      sky(sketch, chance, 0.85);
      sketch.fill(Sketch.circle(chance.between(0.2, 0.8), 0.18, 0.07), new Colour(1, 0.95, 0.7));
      for (int layer = 0; layer < 3; layer++) {
        Noise ridge = new Noise(chance.next());
        double height = 0.42 + 0.16 * layer;
        Colour stone = new Colour(0.35 - 0.08 * layer, 0.42 - 0.03 * layer, 0.5 - 0.13 * layer);
        sketch.fill((x, y) -> y - height - 0.13 * ridge.rough(x * 3, 0.5, 4), stone);
      }
    }
  },
  CAR("a car") {
    @Override
    void draw(Sketch sketch, Chance chance) {
      sky(sketch, chance, 0.6);
      sketch.fill(Sketch.box(-1, 0.68, 2, 2), Colour.grey(0.32));
      Colour paint = Colour.any(chance);
      sketch.fill(Sketch.box(0.14, 0.52, 0.86, 0.68), paint);
      sketch.fill((x, y) -> Math.min(Math.min(y - 0.38, 0.53 - y), 0.16 + 0.6 * (y - 0.38) - Math.abs(x - 0.5)), paint
          .times(0.9));
      sketch.fill((x, y) -> Math.min(Math.min(y - 0.4, 0.51 - y), 0.13 + 0.6 * (y - 0.4) - Math.abs(x - 0.5)),
          new Colour(
              0.7, 0.84, 0.92));
      for (double x : new double[]{0.29, 0.71}) {
        sketch.fill(Sketch.circle(x, 0.69, 0.085), Colour.grey(0.08));
        sketch.fill(Sketch.circle(x, 0.69, 0.04), Colour.grey(0.7));
      }
    }
  },
  FACE_DRAWING("a cartoon face") {
    @Override
    void draw(Sketch sketch, Chance chance) {
      Colour ground = Colour.any(chance);
      sketch.ground((_, _) -> ground);
      sketch.fill(Sketch.circle(0.5, 0.48, 0.34), new Colour(1, 0.85, 0.15));
      for (double x : new double[]{0.38, 0.62}) {
        sketch.fill(Sketch.oval(x, 0.4, 0.04, 0.06), Colour.grey(0.05));
      }
      double mouth = chance.sign() * 0.1;
      for (int i = 0; i < 16; i++) {
        double a = i / 16.0 * 2 - 1;
        double b = (i + 1) / 16.0 * 2 - 1;
        sketch.line(0.5 + 0.17 * a, 0.62 - mouth * a * a, 0.5 + 0.17 * b, 0.62 - mouth * b * b, 0.025, Colour.grey(
            0.05));
      }
    }
  },
  DOCUMENT("a page of text") {
    @Override
    void draw(Sketch sketch, Chance chance) {
      double paper = chance.between(0.85, 0.98);
      sketch.ground((_, y) -> Colour.grey(paper - 0.05 * y));
      double step = chance.between(0.04, 0.06);
      for (double y = 0.1; y < 0.9; y += step) {
        double end = chance.happens(0.2) ? chance.between(0.3, 0.7) : 0.9;
        double x = 0.1;
        while (x < end) {
          double word = chance.between(0.02, 0.11);
          for (double at = x; at < x + word; at += 0.016) {
            double high = chance.between(0.006, 0.012);
            sketch.line(at, y - high, at + chance.between(-0.004, 0.006), y + 0.008, 0.005, Colour.grey(0.12));
            sketch.line(at, y + chance.between(-0.006, 0.006), at + 0.009, y + chance.between(-0.004, 0.006), 0.0045,
                Colour.grey(0.15));
          }
          x += word + 0.025;
        }
      }
    }
  },
  CHART("a chart") {
    @Override
    void draw(Sketch sketch, Chance chance) {
      sketch.ground((_, _) -> Colour.grey(0.97));
      int bars = chance.integer(4, 8);
      double wide = 0.7 / bars;
      for (int i = 0; i < bars; i++) {
        double left = 0.17 + i * wide;
        sketch.fill(Sketch.box(left, 0.85 - chance.between(0.1, 0.65), left + wide * 0.7, 0.85), Colour.any(chance));
      }
      sketch.line(0.14, 0.1, 0.14, 0.85, 0.008, Colour.grey(0.1));
      sketch.line(0.14, 0.85, 0.92, 0.85, 0.008, Colour.grey(0.1));
    }
  },
  CHECKERBOARD("a pattern") {
    @Override
    void draw(Sketch sketch, Chance chance) {
      Colour one = Colour.any(chance);
      Colour two = Colour.any(chance);
      double count = chance.integer(4, 14);
      double slant = chance.between(-1, 1);
      sketch.ground((x, y) -> (Math.floor((x + slant * y) * count) + Math.floor(y * count)) % 2 == 0 ? one : two);
    }
  },
  NOISE("noise") {
    @Override
    void draw(Sketch sketch, Chance chance) {
      long seed = chance.next();
      boolean grey = chance.happens(0.5);
      double fine = chance.of(40.0, 400.0);
      Noise noise = new Noise(seed);
      sketch.ground((x, y) -> {
        double one = 0.5 + 0.5 * noise.at(x * fine, y * fine);
        return grey
            ? Colour.grey(one)
            : new Colour(one, 0.5 + 0.5 * noise.at(x * fine + 900, y * fine), 0.5 + 0.5 * noise
                .at(x * fine, y * fine + 900));
      });
    }
  },
  BLANK("a blank picture") {
    @Override
    void draw(Sketch sketch, Chance chance) {
      Colour one = chance.happens(0.6) ? Colour.grey(chance.of(0.0, 1.0, 0.5)) : Colour.any(chance);
      double slope = chance.happens(0.5) ? 0 : chance.between(-0.4, 0.4);
      sketch.ground((x, _) -> one.times(1 + slope * (x - 0.5)));
    }
  },
  HAND_RADIOGRAPH("a radiograph of a hand") {
    @Override
    void draw(Sketch sketch, Chance chance) {
      int sign = chance.sign();
      sketch.ground((_, _) -> Colour.grey(0.03));
      double[][] fingers = {{-0.22, 0.34, 0.8}, {-0.11, 0.22, 1}, {0, 0.17, 1.08}, {0.11, 0.22, 1}, {0.27, 0.44, 0.75}};
      for (double[] finger : fingers) {
        sketch.line(0.5 + sign * finger[0] * 0.55, 0.66, 0.5 + sign * finger[0] * 1.25, finger[1], 0.085, Colour.grey(
            0.3));
      }
      sketch.fill(Sketch.oval(0.5, 0.66, 0.19, 0.17), Colour.grey(0.33));
      sketch.line(0.5, 0.7, 0.5, 1.05, 0.24, Colour.grey(0.33));
      for (double[] finger : fingers) {
        double x0 = 0.5 + sign * finger[0] * 0.55;
        double x1 = 0.5 + sign * finger[0] * 1.25;
        for (int bone = 0; bone < 4; bone++) {
          double from = bone / 4.0;
          double to = from + 0.2;
          sketch.line(x0 + (x1 - x0) * from, 0.66 + (finger[1] - 0.66) * from, x0 + (x1 - x0) * to, 0.66 + (finger[1]
              - 0.66) * to, 0.034 - 0.004 * bone, Colour.grey(0.78));
        }
      }
      for (int i = 0; i < 8; i++) {
        sketch.fill(Sketch.circle(0.42 + 0.05 * (i % 4), i < 4 ? 0.72 : 0.77, 0.027), Colour.grey(0.74));
      }
      sketch.line(0.45, 0.86, 0.45, 1.05, 0.07, Colour.grey(0.8));
      sketch.line(0.555, 0.86, 0.555, 1.05, 0.05, Colour.grey(0.78));
    }
  };

  private final String words;

  Subject(String words) {
    this.words = words;
  }

  /** The name in running text, with its article. */
  String words() {
    return words;
  }

  abstract void draw(Sketch sketch, Chance chance);

  private static void sky(Sketch sketch, Chance chance, double horizon) {
    double blue = chance.between(0.75, 1);
    Colour grass = new Colour(0.25, chance.between(0.4, 0.6), 0.2);
    sketch.ground((_, y) -> y < horizon
        ? new Colour(0.45 + 0.4 * y, 0.65 + 0.25 * y, blue)
        : grass.times(1.1 - 0.4 * (y - horizon)));
  }

  private static void table(Sketch sketch, Chance chance) {
    Colour wall = Colour.any(chance);
    Colour wood = new Colour(chance.between(0.4, 0.7), chance.between(0.28, 0.42), 0.2);
    Noise grain = new Noise(chance.next());
    sketch.ground((x, y) -> y < 0.62 ? wall.times(0.95) : wood.times(1 + 0.2 * grain.at(x * 6, y * 90)));
  }

  private static Sketch.Shape ring(double x, double y, double radius, double half) {
    return (px, py) -> half / 1.4 - Math.abs(Math.sqrt((px - x) * (px - x) + (py - y) * (py - y)) - radius * 0.75);
  }
}

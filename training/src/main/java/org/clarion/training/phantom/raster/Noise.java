package org.clarion.training.phantom.raster;

/** Value noise: smooth random fields of a given fineness, mean 0, about within +-1. */
public final class Noise {
  private final long seed;

  /** A field family. */
  public Noise(long seed) {
    this.seed = seed;
  }

  /** The value at a point of a field whose lumps are one unit wide. */
  public double at(double x, double y) {
    int column = (int) StrictMath.floor(x);
    int row = (int) StrictMath.floor(y);
    double fx = x - column;
    double fy = y - row;
    fx = fx * fx * (3 - 2 * fx);
    fy = fy * fy * (3 - 2 * fy);
    double top = Smooth.mix(knot(column, row), knot(column + 1, row), fx);
    double bottom = Smooth.mix(knot(column, row + 1), knot(column + 1, row + 1), fx);
    return Smooth.mix(top, bottom, fy);
  }

  /** Several fields, each twice as fine and half as strong as the one before. */
  public double rough(double x, double y, int octaves) {
    double sum = 0;
    double strength = 1;
    double scale = 1;
    for (int i = 0; i < octaves; i++) {
      sum += strength * at(x * scale + 17.3 * i, y * scale - 9.1 * i);
      strength *= 0.5;
      scale *= 2;
    }
    return sum;
  }

  /** A whole plane of {@link #at}: {@code across} by {@code down} lumps. Quicker than point by point. */
  public void addTo(Plane plane, double across, double down, double strength) {
    int size = plane.size();
    int columns = (int) StrictMath.ceil(across) + 2;
    float[] above = new float[columns];
    float[] below = new float[columns];
    int[] cell = new int[size];
    float[] weight = new float[size];
    for (int i = 0; i < size; i++) {
      double x = plane.middle(i) * across;
      cell[i] = (int) x;
      double f = x - cell[i];
      weight[i] = (float) (f * f * (3 - 2 * f));
    }
    int row = -2;
    float[] values = plane.values();
    for (int y = 0; y < size; y++) {
      double v = plane.middle(y) * down;
      if ((int) v != row) {
        row = (int) v;
        for (int c = 0; c < columns; c++) {
          above[c] = (float) (strength * knot(c, row));
          below[c] = (float) (strength * knot(c, row + 1));
        }
      }
      double f = v - row;
      float share = (float) (f * f * (3 - 2 * f));
      for (int x = 0; x < size; x++) {
        int c = cell[x];
        float left = above[c] + (below[c] - above[c]) * share;
        float right = above[c + 1] + (below[c + 1] - above[c + 1]) * share;
        values[y * size + x] += left + (right - left) * weight[x];
      }
    }
  }

  /** Adds grain: an independent normal variate at every pixel. */
  public void grain(Plane plane, double strength) {
    float[] values = plane.values();
    for (int i = 0; i < values.length; i++) {
      values[i] += (float) (strength * Chance.normal(Chance.mix(seed + i)));
    }
  }

  private double knot(int column, int row) {
    long bits = Chance.mix(seed ^ ((long) column << 32) ^ (row & 0xffffffffL));
    return (bits >> 11) * 0x1.0p-52;
  }
}

package org.clarion.training.phantom.raster;

import java.util.Arrays;

/** A square of numbers, row-major. Positions are in units of its side: 0,0 is the top left, 1,1 the bottom right. */
public final class Plane {
  private final int size;
  private final float[] values;

  /** All 0. */
  public Plane(int size) {
    this.size = size;
    this.values = new float[size * size];
  }

  /** Rows and columns. */
  public int size() {
    return size;
  }

  /** The numbers themselves; changing them changes the plane. */
  public float[] values() {
    return values;
  }

  /** The value of a pixel. */
  public double at(int column, int row) {
    return values[row * size + column];
  }

  /** Sets a pixel. */
  public void set(int column, int row, double value) {
    values[row * size + column] = (float) value;
  }

  /** Sets every pixel. */
  public void fill(double value) {
    Arrays.fill(values, (float) value);
  }

  /** Adds to a pixel. */
  public void add(int column, int row, double value) {
    values[row * size + column] += (float) value;
  }

  /** Moves a pixel towards a value: by nothing at share 0, onto it at 1. */
  public void blend(int column, int row, double value, double share) {
    int i = row * size + column;
    values[i] += (float) ((value - values[i]) * share);
  }

  /** The position of a pixel's middle. */
  public double middle(int index) {
    return (index + 0.5) / size;
  }

  /** The pixel at a position, kept inside. */
  public int pixel(double position) {
    return Math.clamp((long) StrictMath.floor(position * size), 0, size - 1);
  }

  /** The mean over a box given by positions. */
  public double mean(double left, double top, double right, double bottom) {
    double sum = 0;
    int count = 0;
    for (int row = pixel(top); row <= pixel(bottom); row++) {
      for (int column = pixel(left); column <= pixel(right); column++) {
        sum += at(column, row);
        count++;
      }
    }
    return sum / count;
  }

  /** Blurs by a box of {@code 2 radius + 1} pixels, rows then columns; edges repeat. */
  public void blur(int radius) {
    if (radius < 1) {
      return;
    }
    float[] line = new float[size];
    for (int row = 0; row < size; row++) {
      blurLine(row * size, 1, radius, line);
    }
    for (int column = 0; column < size; column++) {
      blurLine(column, size, radius, line);
    }
  }

  private void blurLine(int from, int step, int radius, float[] line) {
    for (int i = 0; i < size; i++) {
      line[i] = values[from + i * step];
    }
    float sum = line[0] * (radius + 1);
    for (int i = 1; i <= radius; i++) {
      sum += line[Math.min(i, size - 1)];
    }
    float scale = 1f / (2 * radius + 1);
    for (int i = 0; i < size; i++) {
      values[from + i * step] = sum * scale;
      sum += line[Math.min(i + radius + 1, size - 1)] - line[Math.max(i - radius, 0)];
    }
  }
}

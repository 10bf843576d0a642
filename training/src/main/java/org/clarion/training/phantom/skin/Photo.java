package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Plane;
import org.clarion.training.phantom.raster.Smooth;

/**
 * A photograph while it is being made, as layers that light passes: how much more or less melanin and blood there is
 * than in the skin around, how high the surface stands, how wet it is, and what lies on it. {@link Camera} turns them
 * into colours. Lengths are in units of the side.
 */
final class Photo {
  /** Added melanin: 1 is dark brown on light skin, below 0 is less than the skin around. */
  final Plane melanin;
  /** Added blood: 1 is deep red. */
  final Plane blood;
  /** Share of blue-grey pigment that lies deep. */
  final Plane deep;
  /** Height of the surface, in units of the side. */
  final Plane height;
  /** How much it glistens. */
  final Plane wet;
  /** Share covered by something opaque, and its colour. */
  final Plane cover;
  final Plane coverRed;
  final Plane coverGreen;
  final Plane coverBlue;

  Photo(int size) {
    melanin = new Plane(size);
    blood = new Plane(size);
    deep = new Plane(size);
    height = new Plane(size);
    wet = new Plane(size);
    cover = new Plane(size);
    coverRed = new Plane(size);
    coverGreen = new Plane(size);
    coverBlue = new Plane(size);
  }

  /** Pixels of a side. */
  int size() {
    return melanin.size();
  }

  /** Lays something of a colour over a share of a pixel. */
  void lay(int column, int row, double red, double green, double blue, double share) {
    double before = cover.at(column, row);
    double after = before + share * (1 - before);
    if (after <= 0) {
      return;
    }
    double weight = share / Math.max(after, 1e-6);
    coverRed.blend(column, row, red, Smooth.unit(weight));
    coverGreen.blend(column, row, green, Smooth.unit(weight));
    coverBlue.blend(column, row, blue, Smooth.unit(weight));
    cover.set(column, row, after);
  }
}

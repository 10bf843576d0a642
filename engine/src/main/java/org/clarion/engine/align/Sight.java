package org.clarion.engine.align;

import org.clarion.models.image.PixelTensor;

/** A picture as a model that learns takes it. */
public sealed interface Sight {
  /** Its pixels. */
  record Pixels(PixelTensor image) implements Sight {}

  /** What the parts that stay as they are make of it, from {@link TrainableModel#features}. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Features(float[] values) implements Sight {}
}

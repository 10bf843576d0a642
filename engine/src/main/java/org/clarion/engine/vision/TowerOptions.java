package org.clarion.engine.vision;

import org.clarion.engine.decoder.Precision;
import org.clarion.engine.script.Device;

/**
 * How an image tower runs.
 *
 * @param precision
 *          kind of the weights; on the processor float16 is computed in float32
 * @param threads
 *          intra-op threads
 * @param device
 *          where the weights lie
 */
public record TowerOptions(Precision precision, int threads, Device device) {
  public TowerOptions {
    if (threads <= 0) {
      throw new IllegalArgumentException("an image tower needs at least 1 thread, not " + threads);
    }
  }

  /** On the processor. */
  public TowerOptions(Precision precision, int threads) {
    this(precision, threads, Device.CPU);
  }
}

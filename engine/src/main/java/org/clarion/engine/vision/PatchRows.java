package org.clarion.engine.vision;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import org.clarion.models.image.PixelTensor;

/**
 * Pixels as the network sees them, patch by patch: a row holds the three channels of one patch, line by line. To be
 * used by one thread.
 */
final class PatchRows {
  private static final int CHANNELS = 3;
  private static final int LEVELS = 256;

  private final int patch;
  private final float[][] levels = new float[CHANNELS][LEVELS];
  private final float[] line;

  /**
   * For one way to normalise.
   *
   * @param mean
   *          of each channel, of pixels scaled to 0..1
   */
  PatchRows(int patch, float[] mean, float[] deviation) {
    this.patch = patch;
    this.line = new float[patch];
    for (int channel = 0; channel < CHANNELS; channel++) {
      for (int level = 0; level < LEVELS; level++) {
        levels[channel][level] = (level / 255f - mean[channel]) / deviation[channel];
      }
    }
  }

  /** Fills rows, float32 [patches, 3 * patch * patch]. */
  void fill(PixelTensor image, MemorySegment rows) {
    byte[] bytes = image.bytes();
    int size = image.size();
    int across = size / patch;
    int area = patch * patch;
    for (int channel = 0; channel < CHANNELS; channel++) {
      float[] values = levels[channel];
      for (int y = 0; y < size; y++) {
        for (int column = 0; column < across; column++) {
          int from = (channel * size + y) * size + column * patch;
          for (int i = 0; i < patch; i++) {
            line[i] = values[bytes[from + i] & 0xff];
          }
          int to = ((y / patch * across + column) * CHANNELS + channel) * area + y % patch * patch;
          MemorySegment.copy(line, 0, rows, JAVA_FLOAT, (long) to * Float.BYTES, patch);
        }
      }
    }
  }
}

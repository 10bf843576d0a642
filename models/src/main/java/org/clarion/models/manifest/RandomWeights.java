package org.clarion.models.manifest;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code random:SEED} form of a weights entry. */
final class RandomWeights {
  static final String PREFIX = "random:";

  private RandomWeights() {}

  /**
   * The seed, or null when the weights are files.
   *
   * @throws IllegalArgumentException
   *           when the seed is no 64-bit number, or stands beside files
   */
  static @Nullable Long seed(List<String> weights) {
    if (weights.stream().noneMatch(entry -> entry.startsWith(PREFIX))) {
      return null;
    }
    if (weights.size() > 1) {
      throw new IllegalArgumentException("random weights cannot be mixed with files: " + weights);
    }
    try {
      return Long.parseLong(weights.getFirst().substring(PREFIX.length()));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + weights.getFirst() + "' has no whole number as its seed", e);
    }
  }
}

package org.clarion.gateway.dicom;

import java.util.Arrays;

/**
 * Order statistics of a frame's values without its padding, with linear interpolation between neighbours: by counting
 * where the values are few, by sorting where they are many.
 */
final class Percentiles {
  private static final int MOST_COUNTED = 1 << 20;

  private final ModalityTransform modality;
  private final long least;
  private final int count;
  /** Pixels by key, or empty. */
  private final int[] counts;
  /** Keys in rising order, less 2^31 so that they fit, or empty. */
  private final int[] sorted;

  Percentiles(Samples samples, Padding padding, ModalityTransform modality) {
    this.modality = modality;
    long min = Long.MAX_VALUE;
    long max = Long.MIN_VALUE;
    int kept = 0;
    for (int i = 0; i < samples.count(); i++) {
      long stored = samples.at(i);
      if (!padding.covers(stored)) {
        long key = modality.key(stored);
        min = Math.min(min, key);
        max = Math.max(max, key);
        kept++;
      }
    }
    this.least = min;
    this.count = kept;
    boolean counted = kept > 0 && max - min < MOST_COUNTED;
    this.counts = new int[counted ? (int) (max - min) + 1 : 0];
    this.sorted = new int[counted ? 0 : kept];
    int to = 0;
    for (int i = 0; i < samples.count(); i++) {
      long stored = samples.at(i);
      if (padding.covers(stored)) {
        continue;
      }
      int place = (int) (modality.key(stored) - min + (counted ? 0 : Integer.MIN_VALUE));
      if (counted) {
        counts[place]++;
      } else {
        sorted[to++] = place;
      }
    }
    Arrays.sort(sorted);
  }

  boolean empty() {
    return count == 0;
  }

  double lowest() {
    return value(0);
  }

  double highest() {
    return value(count - 1);
  }

  /** The value below which a part of the pixels lies, 0 to 1. */
  double at(double part) {
    double place = (count - 1) * part;
    int below = (int) Math.floor(place);
    double rest = place - below;
    double low = value(below);
    double high = value(Math.min(below + 1, count - 1));
    // From the nearer end, so that both ends come out exactly.
    return rest < 0.5 ? low + (high - low) * rest : high - (high - low) * (1 - rest);
  }

  private double value(int rank) {
    return modality.value(key(modality.falling() ? count - 1 - rank : rank));
  }

  private long key(int rank) {
    if (counts.length == 0) {
      return (long) sorted[rank] - Integer.MIN_VALUE + least;
    }
    int left = rank;
    int place = 0;
    while (left >= counts[place]) {
      left -= counts[place++];
    }
    return least + place;
  }
}

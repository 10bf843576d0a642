package org.clarion.scheduler.core;

/** Contiguous positions of a replica's key-value arena. */
public record Extent(int offset, int length) {
  /** Positions that ranks keep together: what a sequence gets starts at a multiple of it. */
  public static final int ALIGNMENT = 16;

  public Extent {
    if (offset < 0 || length <= 0) {
      throw new IllegalArgumentException("extent of " + length + " positions at " + offset);
    }
  }

  /** The first position behind the extent. */
  public int end() {
    return offset + length;
  }
}

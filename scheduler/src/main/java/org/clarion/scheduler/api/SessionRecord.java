package org.clarion.scheduler.api;

import java.time.Instant;
import java.util.List;

/**
 * What a session holds: the flattened positions of every prompt and answer so far, stop tokens excluded.
 *
 * @param model
 *          id of the model whose tokens these are
 * @param positions
 *          in order
 * @param turns
 *          finished answers
 * @param version
 *          1 at creation, one more with every update
 * @param lastUsed
 *          as told by the writer, to the millisecond; expiry does not depend on it
 */
public record SessionRecord(String model, List<Run> positions, int turns, long version, Instant lastUsed) {
  public SessionRecord {
    positions = List.copyOf(positions);
    if (turns < 0 || version < 1) {
      throw new IllegalArgumentException("turns " + turns + " must be >= 0 and version " + version + " >= 1");
    }
  }

  /** The first version of a session. */
  public static SessionRecord first(String model, List<Run> positions, int turns, Instant now) {
    return new SessionRecord(model, positions, turns, 1, now);
  }

  /** The version that follows this one. */
  public SessionRecord next(List<Run> positions, int turns, Instant now) {
    return new SessionRecord(model, positions, turns, version + 1, now);
  }

  /** How many positions the session holds, images included. */
  public int length() {
    return positions.stream().mapToInt(Run::count).sum();
  }
}

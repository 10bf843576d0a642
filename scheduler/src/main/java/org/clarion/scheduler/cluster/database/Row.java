package org.clarion.scheduler.cluster.database;

import java.time.Instant;

/**
 * An entry of a map as the database keeps it.
 *
 * @param rank
 *          a write with a lower one than what is there changes nothing
 * @param sealed
 *          owned by the row: not to be changed
 * @param keptUntil
 *          to the millisecond; {@link Instant#MAX} for ever
 */
public record Row(Key key, long rank, byte[] sealed, Instant keptUntil) {
  /** Names an entry of a map. */
  public record Key(String tenant, String id) {}
}

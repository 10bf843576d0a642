package org.clarion.scheduler.api;

import java.util.Optional;

/**
 * Sessions, expired when idle for the store's limit; every read and write counts as use.
 * <p>
 * Every method blocks for at most the store's deadline and throws {@link ClusterUnavailableException} past it: call
 * from a virtual thread, never from the scheduler's loop. Thread-safe.
 */
public interface SessionStore {
  /** Empty for an unknown or expired session, and for one of another tenant. */
  Optional<SessionRecord> find(SessionKey key);

  /** Stores version 1; false, without a change, when the session exists already. */
  boolean create(SessionKey key, SessionRecord first);

  /** Stores {@code next} if the stored version is the one before it. Repeating a done update is harmless. */
  Update update(SessionKey key, SessionRecord next);

  /** Forgets the session; harmless when there is none. */
  void remove(SessionKey key);

  /** What became of an update. */
  enum Update {
    DONE,
    /** Another writer was first: read again and decide. */
    CONFLICT,
    /** Never created, removed or expired. */
    ABSENT
  }
}

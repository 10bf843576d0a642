package org.clarion.scheduler.rpc;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.clarion.rpc.ServiceError;
import org.clarion.scheduler.api.Durability;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.SessionRecord;
import org.clarion.scheduler.api.SessionStore;
import org.jspecify.annotations.Nullable;

/**
 * Turns of sessions: one at a time per session, read at the start, written at the end. Thread-safe; methods may block
 * for the store's deadline.
 */
final class Turns {
  /** A turn under way; {@code before} is the session as it was, empty for a new one. */
  static final class Turn {
    private final SessionKey session;
    private final Optional<SessionRecord> before;
    private final Object mark;

    private Turn(SessionKey session, Optional<SessionRecord> before, Object mark) {
      this.session = session;
      this.before = before;
      this.mark = mark;
    }

    SessionKey session() {
      return session;
    }

    Optional<SessionRecord> before() {
      return before;
    }

    /** Of the session before this turn, 0 for a new one. */
    long version() {
      return before.map(SessionRecord::version).orElse(0L);
    }

    /** What the session holds before this turn. */
    List<Run> positions() {
      return before.map(SessionRecord::positions).orElse(List.of());
    }
  }

  private final SessionStore sessions;
  private final Durability durability;
  private final String model;
  private final InstantSource clock;
  /** Every session with a turn under way, and a mark that only that turn takes away. */
  private final Map<SessionKey, Object> busy = new ConcurrentHashMap<>();

  Turns(SessionStore sessions, Durability durability, String model, InstantSource clock) {
    this.sessions = sessions;
    this.durability = durability;
    this.model = model;
    this.clock = clock;
  }

  /**
   * Opens a turn, to be closed by {@link #close}.
   *
   * @param before
   *          version of the session that a turn of before, which is taken up again, continued; null for a new turn
   */
  Turn open(SessionKey session, boolean continues, @Nullable Long before) {
    Object mark = new Object();
    if (busy.putIfAbsent(session, mark) != null) {
      throw new ServiceError.FailedPrecondition("session_busy",
          "session " + session.id() + " has an answer under way").toException();
    }
    boolean opened = false;
    try {
      Turn turn = new Turn(session, sessions.find(session), mark);
      if (before == null) {
        check(turn, continues);
      } else if (turn.version() != before) {
        throw conflict(turn);
      }
      opened = true;
      return turn;
    } finally {
      if (!opened) {
        busy.remove(session, mark);
      }
    }
  }

  /** Of the session, 0 when there is none. */
  long version(SessionKey session) {
    return sessions.find(session).map(SessionRecord::version).orElse(0L);
  }

  private void check(Turn turn, boolean continues) {
    SessionRecord before = turn.before().orElse(null);
    if (continues && before == null && durability.behind().isPositive()) {
      throw new ServiceError.Unavailable("session " + turn.session().id()
          + " may be in the database, which is away").toException();
    }
    if (before == null && durability.exhausted()) {
      throw new ServiceError.Unavailable("no new sessions: nothing could be saved for "
          + durability.behind().toSeconds() + " s, and " + durability.pending() + " entries wait").toException();
    }
    if (continues && before == null) {
      throw new ServiceError.NotFound("session_not_found", "there is no session " + turn.session().id()).toException();
    }
    if (!continues && before != null) {
      throw new ServiceError.FailedPrecondition("session_exists",
          "session " + turn.session().id() + " exists already").toException();
    }
    if (before != null && !before.model().equals(model)) {
      throw new ServiceError.FailedPrecondition("session_model_mismatch", "session " + turn.session().id()
          + " is of model " + before.model() + ", not " + model).toException();
    }
  }

  /** Keeps prompt and answer. */
  void write(Turn turn, List<Run> positions) {
    SessionRecord before = turn.before().orElse(null);
    boolean written = before == null
        ? sessions.create(turn.session(), SessionRecord.first(model, positions, 1, clock.instant()))
        : sessions.update(turn.session(),
            before.next(positions, before.turns() + 1, clock.instant())) == SessionStore.Update.DONE;
    if (!written) {
      throw conflict(turn);
    }
  }

  private static RuntimeException conflict(Turn turn) {
    return new ServiceError.FailedPrecondition("session_conflict",
        "session " + turn.session().id() + " was changed or removed during its turn").toException();
  }

  /** The session may have another turn. Harmless when repeated. */
  void close(Turn turn) {
    busy.remove(turn.session(), turn.mark);
  }
}

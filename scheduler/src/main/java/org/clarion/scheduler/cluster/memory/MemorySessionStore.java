package org.clarion.scheduler.cluster.memory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.SessionRecord;
import org.clarion.scheduler.api.SessionStore;
import org.clarion.scheduler.api.TenantId;

/** Sessions in a map. Thread-safe; never blocks for long. */
final class MemorySessionStore implements SessionStore {
  private final ExpiringMap<SessionKey, SessionRecord> sessions = new ExpiringMap<>();
  private final MemoryTenants tenants;
  private final InstantSource clock;
  private final Duration idle;

  MemorySessionStore(MemoryTenants tenants, InstantSource clock, Duration idle) {
    this.tenants = tenants;
    this.clock = clock;
    this.idle = idle;
  }

  @Override
  public synchronized Optional<SessionRecord> find(SessionKey key) {
    Instant now = clock.instant();
    SessionRecord found = sessions.get(key, now);
    if (found != null) {
      sessions.put(key, found, now, idle);
    }
    return Optional.ofNullable(found);
  }

  @Override
  public synchronized boolean create(SessionKey key, SessionRecord first) {
    if (first.version() != 1) {
      throw new IllegalArgumentException("a session starts with version 1, not " + first.version());
    }
    tenants.require(key.tenant());
    Instant now = clock.instant();
    if (sessions.get(key, now) != null) {
      return false;
    }
    sessions.put(key, first, now, idle);
    return true;
  }

  @Override
  public synchronized Update update(SessionKey key, SessionRecord next) {
    tenants.require(key.tenant());
    Instant now = clock.instant();
    SessionRecord stored = sessions.get(key, now);
    if (stored == null) {
      return Update.ABSENT;
    }
    if (stored.version() == next.version() - 1) {
      sessions.put(key, next, now, idle);
      return Update.DONE;
    }
    return stored.equals(next) ? Update.DONE : Update.CONFLICT;
  }

  synchronized void forget(TenantId tenant) {
    sessions.removeIf(key -> key.tenant().equals(tenant));
  }

  @Override
  public synchronized void remove(SessionKey key) {
    sessions.remove(key);
  }
}

package org.clarion.scheduler.cluster;

import com.hazelcast.map.IMap;
import java.util.Optional;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.SessionRecord;
import org.clarion.scheduler.api.SessionStore;
import org.clarion.scheduler.cluster.seal.Sealer;

/** Sessions in a Hazelcast map, sealed; the map's idle limit expires them. */
final class HazelcastSessionStore implements SessionStore {
  private final IMap<StoreKey, SealedSession> map;
  private final Sealer sealer;
  private final Calls calls;

  HazelcastSessionStore(IMap<StoreKey, SealedSession> map, Sealer sealer, Calls calls) {
    this.map = map;
    this.sealer = sealer;
    this.calls = calls;
  }

  @Override
  public Optional<SessionRecord> find(SessionKey key) {
    StoreKey at = StoreKey.of(key);
    SealedSession found = calls.make("reading a session", () -> map.getAsync(at));
    return Optional.ofNullable(found)
        .map(sealed -> Codecs.session(sealer.open(key.tenant(), at.place(map.getName()), sealed.sealed())));
  }

  @Override
  public boolean create(SessionKey key, SessionRecord first) {
    if (first.version() != 1) {
      throw new IllegalArgumentException("a session starts with version 1, not " + first.version());
    }
    return store(key, first) == Update.DONE;
  }

  @Override
  public Update update(SessionKey key, SessionRecord next) {
    if (next.version() < 2) {
      throw new IllegalArgumentException("an update makes version 2 or later, not " + next.version());
    }
    Update update = store(key, next);
    boolean repeated = update == Update.CONFLICT && find(key).filter(next::equals).isPresent();
    return repeated ? Update.DONE : update;
  }

  private Update store(SessionKey key, SessionRecord session) {
    StoreKey at = StoreKey.of(key);
    byte[] sealed = sealer.seal(key.tenant(), at.place(map.getName()), Codecs.session(session));
    StoreSession store = new StoreSession(new SealedSession(session.version(), sealed));
    return Update.valueOf(calls.make("storing a session", () -> map.submitToKey(at, store)));
  }

  @Override
  public void remove(SessionKey key) {
    calls.make("removing a session", () -> map.removeAsync(StoreKey.of(key)));
  }
}

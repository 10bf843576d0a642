package org.clarion.scheduler.cluster;

import com.hazelcast.nio.serialization.compact.CompactSerializer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.clarion.scheduler.api.TokenLog;
import org.clarion.scheduler.cluster.seal.KeyRing;
import org.clarion.scheduler.cluster.seal.WrappedKey;

/** A value of everything that travels between members by itself. */
final class Samples {
  private static final byte[] BYTES = {1, 2, 3};
  private static final StoreKey KEY = new StoreKey("clinic-a", "session-1");
  private static final SealedSession SESSION = new SealedSession(4, BYTES);
  private static final TokenLog.Ending ENDING = new TokenLog.Ending("LENGTH", 9, 4, 3);
  private static final KeyRing RING = new KeyRing(6, 2, List.of(new WrappedKey(7, 1, "secret", BYTES),
      new WrappedKey(-8, 2, "other", BYTES)));

  private Samples() {}

  static SealedLog log(TokenLog.Ending ending) {
    return SealedLog.NONE.append(7, new SealedLog.Segment(0, 2, BYTES), null)
        .append(7, new SealedLog.Segment(2, 1, BYTES), ending);
  }

  static AppendTokens append(TokenLog.Ending ending) {
    return new AppendTokens(7, Map.of(KEY, new AppendTokens.Part(new SealedLog.Segment(0, 2, BYTES), ending)));
  }

  /** By the names of their types. An entry of a batch is missing: it travels in the batch. */
  static SequencedMap<String, Object> all() {
    SequencedMap<String, Object> all = new LinkedHashMap<>();
    for (Object sample : List.of(KEY, SESSION, new StoreSession(SESSION), log(ENDING), append(ENDING),
        new AppendTokens.Answer(LogRule.Verdict.WRONG_INDEX, 7, 3), new ClaimLog(8),
        new StoredLease(new LeaseRule.State("owner-a", 3, 99)),
        new ChangeLease(ChangeLease.Change.RENEW, "owner-a", 3, 50, 10),
        new Announcement("process", "SCHEDULER", "127.0.0.1:1", "replica-1", 3, "tiny", 2, 40),
        new StoredReport("tiny", 5, new String[]{"clinic-a"}, new String[]{"STAT"}, new long[]{7}, new long[]{3}),
        RING.keys().getFirst(), RING, new OfferRing(RING), new TellRing("clinic-a", RING))) {
      all.put(name(sample), sample);
    }
    return all;
  }

  /** The one of that type. */
  static Object of(String type) {
    return Objects.requireNonNull(all().get(type), type);
  }

  private static String name(Object sample) {
    return Serializers.ALL.stream().filter(one -> one.getCompactClass().equals(sample.getClass()))
        .map(CompactSerializer::getTypeName).findAny()
        .orElseThrow(() -> new IllegalArgumentException("no serialiser of " + sample.getClass()));
  }
}

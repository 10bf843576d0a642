package org.clarion.scheduler.cluster;

import com.hazelcast.nio.serialization.FieldKind;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import com.hazelcast.nio.serialization.compact.CompactReader;
import com.hazelcast.nio.serialization.compact.CompactSerializer;
import com.hazelcast.nio.serialization.compact.CompactWriter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.clarion.scheduler.api.TokenLog;
import org.clarion.scheduler.cluster.seal.KeyRing;
import org.clarion.scheduler.cluster.seal.WrappedKey;
import org.jspecify.annotations.Nullable;

/**
 * The Compact serialiser of everything that travels between members. Fields are only ever added, and readers must then
 * tolerate their absence. What is not in this list does not travel: reflection is off.
 */
final class Serializers {
  /** All of them. */
  static final List<CompactSerializer<?>> ALL = List.of(
      new Of<>(StoreKey.class, "clarion.StoreKey", (out, key) -> {
        out.writeString("tenant", key.tenant());
        out.writeString("id", key.id());
      }, in -> new StoreKey(string(in, "tenant"), string(in, "id"))),

      new Of<>(SealedSession.class, "clarion.SealedSession", (out, session) -> {
        out.writeInt64("version", session.version());
        out.writeArrayOfInt8("sealed", session.sealed());
      }, in -> new SealedSession(in.readInt64("version"), bytes(in, "sealed"))),

      new Of<>(StoreSession.class, "clarion.StoreSession", (out, store) -> out.writeCompact("next", store.next()),
          in -> new StoreSession(compact(in, "next", SealedSession.class))),

      new Of<>(SealedLog.class, "clarion.SealedLog", (out, log) -> {
        out.writeInt64("epoch", log.state().epoch());
        out.writeInt32("length", log.state().length());
        ending(out, "finished", log.state().ending());
        out.writeArrayOfInt8("segments", log.segments());
      }, in -> {
        int length = in.readInt32("length");
        return new SealedLog(new LogRule.State(in.readInt64("epoch"), length, ending(in, "finished", length)),
            bytes(in, "segments"));
      }),

      new Of<>(Part.class, "clarion.Part", (out, part) -> {
        out.writeCompact("key", part.key);
        out.writeInt32("first", part.part.segment().firstIndex());
        out.writeInt32("count", part.part.segment().count());
        ending(out, "finishes", part.part.ending());
        out.writeArrayOfInt8("sealed", part.part.segment().sealed());
      }, in -> {
        SealedLog.Segment segment = new SealedLog.Segment(in.readInt32("first"), in.readInt32("count"),
            bytes(in, "sealed"));
        return new Part(compact(in, "key", StoreKey.class), new AppendTokens.Part(segment,
            ending(in, "finishes", segment.firstIndex() + segment.count())));
      }),

      new Of<>(AppendTokens.class, "clarion.AppendTokens", (out, append) -> {
        out.writeInt64("epoch", append.epoch());
        out.writeArrayOfCompact("parts",
            append.parts().entrySet().stream().map(e -> new Part(e.getKey(), e.getValue())).toArray(Part[]::new));
      }, in -> new AppendTokens(in.readInt64("epoch"), parts(in))),

      new Of<>(AppendTokens.Answer.class, "clarion.AppendAnswer", (out, answer) -> {
        out.writeString("verdict", answer.verdict().name());
        out.writeInt64("epoch", answer.epoch());
        out.writeInt32("length", answer.length());
      }, in -> new AppendTokens.Answer(LogRule.Verdict.valueOf(string(in, "verdict")), in.readInt64("epoch"),
          in.readInt32("length"))),

      new Of<>(ClaimLog.class, "clarion.ClaimLog", (out, claim) -> out.writeInt64("epoch", claim.epoch()),
          in -> new ClaimLog(in.readInt64("epoch"))),

      new Of<>(StoredLease.class, "clarion.StoredLease", (out, lease) -> {
        out.writeString("owner", lease.state().owner());
        out.writeInt64("epoch", lease.state().epoch());
        out.writeInt64("beat", lease.state().beat());
      }, in -> new StoredLease(
          new LeaseRule.State(string(in, "owner"), in.readInt64("epoch"), in.readInt64("beat")))),

      new Of<>(ChangeLease.class, "clarion.ChangeLease", (out, change) -> {
        out.writeString("change", change.change().name());
        out.writeString("owner", change.owner());
        out.writeInt64("epoch", change.epoch());
        out.writeInt64("beat", change.beat());
        out.writeInt64("leastEpoch", change.leastEpoch());
      }, in -> new ChangeLease(ChangeLease.Change.valueOf(string(in, "change")), string(in, "owner"),
          in.readInt64("epoch"), in.readInt64("beat"), in.readInt64("leastEpoch"))),

      new Of<>(Announcement.class, "clarion.Announcement", (out, announcement) -> {
        out.writeString("process", announcement.process());
        out.writeString("role", announcement.role());
        out.writeString("endpoint", announcement.endpoint());
        out.writeString("replica", announcement.replica());
        out.writeInt64("epoch", announcement.epoch());
        out.writeString("model", announcement.model());
        out.writeInt32("active", announcement.active());
        out.writeInt64("queued", announcement.queued());
      }, in -> new Announcement(string(in, "process"), string(in, "role"), string(in, "endpoint"),
          string(in, "replica"), in.readInt64("epoch"), string(in, "model"), in.readInt32("active"),
          in.readInt64("queued"))),

      new Of<>(StoredReport.class, "clarion.StoredReport", (out, report) -> {
        out.writeString("model", report.model());
        out.writeInt64("round", report.round());
        out.writeArrayOfString("tenants", report.tenants());
        out.writeArrayOfString("lines", report.lines());
        out.writeArrayOfInt64("totals", report.totals());
        out.writeArrayOfInt64("lately", report.lately());
      }, in -> new StoredReport(string(in, "model"), in.readInt64("round"), strings(in, "tenants"),
          strings(in, "lines"), longs(in, "totals"), longs(in, "lately"))),

      new Of<>(WrappedKey.class, "clarion.WrappedKey", (out, key) -> {
        out.writeInt64("id", key.id());
        out.writeInt32("ordinal", key.ordinal());
        out.writeString("by", key.by());
        out.writeArrayOfInt8("wrapped", key.wrapped());
      }, in -> new WrappedKey(in.readInt64("id"), in.readInt32("ordinal"), string(in, "by"), bytes(in, "wrapped"))),

      new Of<>(KeyRing.class, "clarion.KeyRing", (out, ring) -> {
        out.writeInt64("version", ring.version());
        out.writeInt32("era", ring.era());
        out.writeArrayOfCompact("keys", ring.keys().toArray(WrappedKey[]::new));
      }, in -> new KeyRing(in.readInt64("version"), in.readInt32("era"), keys(in))),

      new Of<>(OfferRing.class, "clarion.OfferRing", (out, offer) -> out.writeCompact("ring", offer.ring()),
          in -> new OfferRing(compact(in, "ring", KeyRing.class))),

      new Of<>(TellRing.class, "clarion.TellRing", (out, tell) -> {
        out.writeString("tenant", tell.tenant());
        out.writeCompact("ring", tell.ring());
      }, in -> new TellRing(string(in, "tenant"), compact(in, "ring", KeyRing.class))));

  private Serializers() {}

  /** A batch's entry as it travels. */
  private record Part(StoreKey key, AppendTokens.Part part) {}

  private record Of<T>(Class<T> type, String name, BiConsumer<CompactWriter, T> writing,
      Function<CompactReader, T> reading) implements CompactSerializer<T> {
    @Override
    public T read(CompactReader reader) {
      return reading.apply(reader);
    }

    @Override
    public void write(CompactWriter writer, T value) {
      writing.accept(writer, value);
    }

    @Override
    public String getTypeName() {
      return name;
    }

    @Override
    public Class<T> getCompactClass() {
      return type;
    }
  }

  private static void ending(CompactWriter out, String flag, TokenLog.@Nullable Ending ending) {
    out.writeBoolean(flag, ending != null);
    out.writeString("reason", ending == null ? "" : ending.reason());
    out.writeInt32("prompt", ending == null ? 0 : ending.promptTokens());
    out.writeInt32("cached", ending == null ? 0 : ending.cachedTokens());
    out.writeInt32("completion", ending == null ? 0 : ending.completionTokens());
  }

  /** Members of the first release tell only that an answer of {@code length} tokens has ended. */
  private static TokenLog.@Nullable Ending ending(CompactReader in, String flag, int length) {
    if (!in.readBoolean(flag)) {
      return null;
    }
    return in.getFieldKind("reason") == FieldKind.NOT_AVAILABLE
        ? new TokenLog.Ending("STOP", 0, 0, length)
        : new TokenLog.Ending(string(in, "reason"), in.readInt32("prompt"), in.readInt32("cached"),
            in.readInt32("completion"));
  }

  private static String string(CompactReader in, String field) {
    String value = in.readString(field);
    return value == null ? "" : value;
  }

  private static byte[] bytes(CompactReader in, String field) {
    byte[] value = in.readArrayOfInt8(field);
    return value == null ? new byte[0] : value;
  }

  private static String[] strings(CompactReader in, String field) {
    @Nullable
    String[] values = in.readArrayOfString(field);
    return values == null
        ? new String[0]
        : Arrays.stream(values).map(value -> value == null ? "" : value).toArray(String[]::new);
  }

  private static long[] longs(CompactReader in, String field) {
    long[] values = in.readArrayOfInt64(field);
    return values == null ? new long[0] : values;
  }

  private static <T> T compact(CompactReader in, String field, Class<T> type) {
    Object value = in.readCompact(field);
    if (value == null) {
      throw new HazelcastSerializationException("a stored " + type.getSimpleName() + " lacks its field " + field);
    }
    return type.cast(value);
  }

  private static List<WrappedKey> keys(CompactReader in) {
    WrappedKey[] read = in.readArrayOfCompact("keys", WrappedKey.class);
    return read == null ? List.of() : List.of(read);
  }

  private static Map<StoreKey, AppendTokens.Part> parts(CompactReader in) {
    Map<StoreKey, AppendTokens.Part> parts = new HashMap<>();
    Part[] read = in.readArrayOfCompact("parts", Part.class);
    if (read != null) {
      for (Part part : read) {
        parts.put(part.key, part.part);
      }
    }
    return parts;
  }
}

package org.clarion.scheduler.cluster;

import com.hazelcast.map.IMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.clarion.scheduler.api.AppendRefusedException;
import org.clarion.scheduler.api.AppendRefusedException.Refusal;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.TenantErasedException;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.api.TokenLog;
import org.clarion.scheduler.cluster.AppendTokens.Answer;
import org.clarion.scheduler.cluster.AppendTokens.Part;
import org.clarion.scheduler.cluster.SealedLog.Segment;
import org.clarion.scheduler.cluster.seal.DataKey;
import org.clarion.scheduler.cluster.seal.SealBrokenException;
import org.clarion.scheduler.cluster.seal.Sealer;
import org.jspecify.annotations.Nullable;

/**
 * Token logs in a Hazelcast map: members compare and append, only the ends see the tokens. Logs are opened on virtual
 * threads, since a key may have to be fetched for it.
 */
final class HazelcastTokenLog implements TokenLog {
  private final IMap<StoreKey, SealedLog> map;
  private final Sealer sealer;
  private final Calls calls;

  HazelcastTokenLog(IMap<StoreKey, SealedLog> map, Sealer sealer, Calls calls) {
    this.map = map;
    this.sealer = sealer;
    this.calls = calls;
  }

  /** Keys that are at hand seal in the calling thread; others are fetched first, which takes remote calls. */
  @Override
  public CompletionStage<Void> append(long epoch, List<Entry> entries) {
    LogRule.requireDistinct(entries);
    Map<TenantId, DataKey> atHand = new HashMap<>();
    for (Entry entry : entries) {
      TenantId tenant = entry.generation().tenant();
      DataKey key = sealer.keys().sealingAtHand(tenant);
      if (key == null) {
        return calls.startBlocking("finding keys", () -> fetch(entries))
            .thenCompose(keys -> append(epoch, entries, keys));
      }
      atHand.put(tenant, key);
    }
    return append(epoch, entries, new Keys(atHand, Map.of()));
  }

  /**
   * What to seal a batch with, and why not for those tenants that have no key: one must not keep the others waiting.
   */
  private record Keys(Map<TenantId, DataKey> found, Map<TenantId, Function<GenerationKey, Refusal>> missing) {}

  private Keys fetch(List<Entry> entries) {
    Map<TenantId, DataKey> found = new HashMap<>();
    Map<TenantId, Function<GenerationKey, Refusal>> missing = new HashMap<>();
    for (TenantId tenant : entries.stream().map(entry -> entry.generation().tenant()).distinct().toList()) {
      try {
        found.put(tenant, sealer.keys().sealing(tenant));
      } catch (TenantErasedException _) {
        missing.put(tenant, Refusal.TenantErased::new);
      } catch (SealBrokenException e) {
        missing.put(tenant, generation -> new Refusal.NoKey(generation, String.valueOf(e.getMessage())));
      }
    }
    return new Keys(found, missing);
  }

  private CompletionStage<Void> append(long epoch, List<Entry> entries, Keys keys) {
    Map<StoreKey, Part> parts = new HashMap<>();
    List<Entry> sealed = new ArrayList<>();
    List<Refusal> refused = new ArrayList<>();
    for (Entry entry : entries) {
      DataKey key = keys.found.get(entry.generation().tenant());
      if (key == null) {
        refused.add(Objects.requireNonNull(keys.missing.get(entry.generation().tenant())).apply(entry.generation()));
      } else {
        StoreKey at = StoreKey.of(entry.generation());
        parts.put(at, new Part(seal(key, at, entry), entry.ending()));
        sealed.add(entry);
      }
    }
    AppendTokens append = new AppendTokens(epoch, parts);
    return calls.start("appending tokens", () -> map.submitToKeys(parts.keySet(), append))
        .thenCompose(answers -> settle(epoch, sealed, answers, refused));
  }

  private Segment seal(DataKey key, StoreKey at, Entry entry) {
    byte[] sealed = entry.tokens().length == 0
        ? new byte[0]
        : sealer.seal(key, place(at, entry.firstIndex()), Codecs.tokens(entry.tokens()));
    return new Segment(entry.firstIndex(), entry.tokens().length, sealed);
  }

  /** Completes as the answers say, after a second look at entries that may be repetitions. */
  private CompletionStage<Void> settle(long epoch, List<Entry> entries, Map<StoreKey, Answer> answers,
      List<Refusal> refused) {
    List<CompletableFuture<@Nullable Refusal>> settled = new ArrayList<>();
    for (Entry entry : entries) {
      Answer answer = answers.get(StoreKey.of(entry.generation()));
      if (answer == null) {
        throw new IllegalStateException("no answer for generation " + entry.generation().id());
      }
      CompletableFuture<@Nullable Refusal> refusal = settle(epoch, entry, answer);
      if (refusal != null) {
        settled.add(refusal);
      }
    }
    return CompletableFuture.allOf(settled.toArray(CompletableFuture[]::new)).thenAccept(_ -> {
      List<Refusal> refusals = new ArrayList<>(refused);
      for (CompletableFuture<@Nullable Refusal> future : settled) {
        Refusal refusal = future.join();
        if (refusal != null) {
          refusals.add(refusal);
        }
      }
      if (!refusals.isEmpty()) {
        throw new AppendRefusedException(refusals);
      }
    });
  }

  /** Null when the entry is stored, else its refusal or the outcome of the second look. */
  private @Nullable CompletableFuture<@Nullable Refusal> settle(long epoch, Entry entry, Answer answer) {
    GenerationKey key = entry.generation();
    int length = answer.length();
    return switch (answer.verdict()) {
      case APPEND -> null;
      case COMPARE -> compare(entry, length);
      case STALE_EPOCH ->
        CompletableFuture.completedFuture(new Refusal.StaleEpoch(key, epoch, answer.epoch()));
      case WRONG_INDEX ->
        CompletableFuture.completedFuture(new Refusal.WrongIndex(key, entry.firstIndex(), length));
      case ALREADY_FINISHED -> CompletableFuture.completedFuture(new Refusal.AlreadyFinished(key, length));
    };
  }

  private CompletableFuture<@Nullable Refusal> compare(Entry entry, int length) {
    int count = entry.tokens().length;
    return find(entry.generation(), entry.firstIndex()).thenApply(found -> {
      boolean same = found.isPresent() && found.get().tokens().length >= count
          && Arrays.equals(found.get().tokens(), 0, count, entry.tokens(), 0, count);
      return same ? null : new Refusal.WrongIndex(entry.generation(), entry.firstIndex(), length);
    });
  }

  @Override
  public CompletionStage<Committed> claim(long epoch, GenerationKey generation) {
    StoreKey at = StoreKey.of(generation);
    return calls.start("claiming a token log", () -> map.submitToKey(at, new ClaimLog(epoch))).thenApplyAsync(log -> {
      if (log.epoch() > epoch) {
        throw new AppendRefusedException(List.of(new Refusal.StaleEpoch(generation, epoch, log.epoch())));
      }
      return open(at, log, 0);
    }, calls.executor());
  }

  @Override
  public CompletionStage<Optional<Committed>> read(GenerationKey generation, int from) {
    return find(generation, from);
  }

  private CompletableFuture<Optional<Committed>> find(GenerationKey generation, int from) {
    StoreKey at = StoreKey.of(generation);
    return calls.<@Nullable SealedLog>start("reading a token log", () -> map.getAsync(at))
        .thenApplyAsync(log -> Optional.ofNullable(log).map(found -> open(at, found, from)), calls.executor());
  }

  private Committed open(StoreKey at, SealedLog log, int from) {
    int start = Math.min(from, log.state().length());
    int[] tokens = new int[log.state().length() - start];
    for (Segment segment : log.split()) {
      if (segment.firstIndex() + segment.count() > start) {
        int[] opened = Codecs.tokens(sealer.open(at.tenantId(), place(at, segment.firstIndex()), segment.sealed()));
        int skipped = Math.max(0, start - segment.firstIndex());
        System.arraycopy(opened, skipped, tokens, segment.firstIndex() + skipped - start, opened.length - skipped);
      }
    }
    return new Committed(log.epoch(), start, tokens, log.state().ending());
  }

  @Override
  public CompletionStage<Void> expire(GenerationKey generation) {
    return calls.<@Nullable SealedLog>start("expiring a token log", () -> map.removeAsync(StoreKey.of(generation)))
        .thenAccept(_ -> {
        });
  }

  private String place(StoreKey at, int firstIndex) {
    return at.place(map.getName()) + "/" + firstIndex;
  }
}

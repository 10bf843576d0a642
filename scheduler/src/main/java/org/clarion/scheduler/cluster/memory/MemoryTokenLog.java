package org.clarion.scheduler.cluster.memory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.clarion.scheduler.api.AppendRefusedException;
import org.clarion.scheduler.api.AppendRefusedException.Refusal;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.api.TokenLog;
import org.clarion.scheduler.cluster.LogRule;
import org.jspecify.annotations.Nullable;

/** Token logs in a map; every stage is complete when returned. Thread-safe. */
final class MemoryTokenLog implements TokenLog {
  private final ExpiringMap<GenerationKey, Log> logs = new ExpiringMap<>();
  private final MemoryTenants tenants;
  private final InstantSource clock;
  private final Duration retention;

  /** The first {@code state.length()} of {@code tokens} count; what follows is room for the next appends. */
  private record Log(LogRule.State state, int[] tokens) {
    static final Log NONE = new Log(LogRule.State.NONE, new int[0]);

    Log append(long epoch, int[] more, @Nullable Ending ending) {
      int length = state.length();
      LogRule.State after = state.after(epoch, more.length, ending);
      int[] room = after.length() <= tokens.length
          ? tokens
          : Arrays.copyOf(tokens, Math.max(after.length(), 2 * length));
      System.arraycopy(more, 0, room, length, more.length);
      return new Log(after, room);
    }
  }

  MemoryTokenLog(MemoryTenants tenants, InstantSource clock, Duration retention) {
    this.tenants = tenants;
    this.clock = clock;
    this.retention = retention;
  }

  @Override
  public synchronized CompletionStage<Void> append(long epoch, List<Entry> entries) {
    LogRule.requireDistinct(entries);
    List<Refusal> refusals = new ArrayList<>();
    Instant now = clock.instant();
    for (Entry entry : entries) {
      Refusal refusal = append(epoch, entry, now);
      if (refusal != null) {
        refusals.add(refusal);
      }
    }
    return refusals.isEmpty()
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(new AppendRefusedException(refusals));
  }

  private @Nullable Refusal append(long epoch, Entry entry, Instant now) {
    GenerationKey key = entry.generation();
    if (tenants.isErased(key.tenant())) {
      return new Refusal.TenantErased(key);
    }
    Log log = find(key, now);
    LogRule.State state = log.state;
    int[] tokens = entry.tokens();
    return switch (state.judge(epoch, entry.firstIndex(), tokens.length, entry.finished())) {
      case APPEND -> {
        logs.put(key, log.append(epoch, tokens, entry.ending()), now, retention);
        yield null;
      }
      case COMPARE -> {
        int end = entry.firstIndex() + tokens.length;
        boolean same = Arrays.equals(log.tokens, entry.firstIndex(), end, tokens, 0, tokens.length);
        yield same ? null : new Refusal.WrongIndex(key, entry.firstIndex(), state.length());
      }
      case STALE_EPOCH -> new Refusal.StaleEpoch(key, epoch, state.epoch());
      case WRONG_INDEX -> new Refusal.WrongIndex(key, entry.firstIndex(), state.length());
      case ALREADY_FINISHED -> new Refusal.AlreadyFinished(key, state.length());
    };
  }

  @Override
  public synchronized CompletionStage<Committed> claim(long epoch, GenerationKey generation) {
    Instant now = clock.instant();
    Log log = find(generation, now);
    if (epoch < log.state.epoch()) {
      return CompletableFuture.failedFuture(
          new AppendRefusedException(List.of(new Refusal.StaleEpoch(generation, epoch, log.state.epoch()))));
    }
    Log claimed = new Log(log.state.claimed(epoch), log.tokens);
    logs.put(generation, claimed, now, retention);
    return CompletableFuture.completedFuture(committed(claimed, 0));
  }

  @Override
  public synchronized CompletionStage<Optional<Committed>> read(GenerationKey generation, int from) {
    Log log = logs.get(generation, clock.instant());
    return CompletableFuture.completedFuture(Optional.ofNullable(log).map(l -> committed(l, from)));
  }

  @Override
  public synchronized CompletionStage<Void> expire(GenerationKey generation) {
    logs.remove(generation);
    return CompletableFuture.completedFuture(null);
  }

  synchronized void forget(TenantId tenant) {
    logs.removeIf(key -> key.tenant().equals(tenant));
  }

  private Log find(GenerationKey key, Instant now) {
    Log log = logs.get(key, now);
    return log == null ? Log.NONE : log;
  }

  private static Committed committed(Log log, int from) {
    int length = log.state.length();
    int start = Math.min(from, length);
    return new Committed(log.state.epoch(), start, Arrays.copyOfRange(log.tokens, start, length),
        log.state.ending());
  }
}

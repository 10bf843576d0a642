package org.clarion.scheduler.core;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * What a tenant's sequences, running or parked, have that another of its sequences can begin with or be drafted from.
 * No tenant ever sees another's. Not thread-safe.
 */
final class Prefixes {
  /** Fewer common positions are not worth a copy. */
  private static final int WORTHWHILE = 16;
  private static final SequencedSet<Parked> NOBODY = Collections.emptyNavigableSet();

  /** A sequence of the tenant, parked or running, and how many leading positions fit. */
  record Match(@Nullable Parked parked, @Nullable Sequence running, int positions) {
    boolean of(SessionKey session) {
      return parked != null && parked.session.equals(session);
    }

    /** Where it lies now. */
    Extent extent() {
      return parked != null ? parked.extent : Objects.requireNonNull(Objects.requireNonNull(running).extent);
    }

    private long lastUsed() {
      return parked != null ? parked.lastUsed : Long.MAX_VALUE;
    }
  }

  private final Map<TenantId, SequencedSet<Parked>> byTenant = new HashMap<>();
  private final Collection<Sequence> residents;

  /**
   * @param residents
   *          those that run, as they are at any time
   */
  Prefixes(Collection<Sequence> residents) {
    this.residents = residents;
  }

  void add(Parked parked) {
    byTenant.computeIfAbsent(parked.session.tenant(), _ -> new LinkedHashSet<>()).add(parked);
  }

  void remove(Parked parked) {
    SequencedSet<Parked> tenants = byTenant.get(parked.session.tenant());
    if (tenants != null && tenants.remove(parked) && tenants.isEmpty()) {
      byTenant.remove(parked.session.tenant());
    }
  }

  /** Sequences that are parked. */
  int parked() {
    return byTenant.values().stream().mapToInt(SequencedSet::size).sum();
  }

  /** The tenant's sequence that saves the prompt most; null when none saves enough. */
  @Nullable
  Match match(SessionKey session, Positions prompt) {
    Match best = null;
    for (Parked parked : byTenant.getOrDefault(session.tenant(), NOBODY)) {
      best = better(best, new Match(parked, null, usable(parked.known, parked.computed, prompt)), session);
    }
    for (Sequence running : residents) {
      if (running.tenant().equals(session.tenant()) && running.beams == null) {
        best = better(best, new Match(null, running, usable(running.known, running.computed, prompt)), session);
      }
    }
    return best;
  }

  private static @Nullable Match better(@Nullable Match best, Match next, SessionKey session) {
    if (next.positions() < (next.of(session) ? 1 : WORTHWHILE)) {
      return best;
    }
    if (best == null || next.positions() != best.positions()) {
      return best == null || next.positions() > best.positions() ? next : best;
    }
    return next.of(session) || (!best.of(session) && next.lastUsed() > best.lastUsed()) ? next : best;
  }

  /** At least one position is left to compute: its logits are needed. */
  private static int usable(Positions known, int computed, Positions prompt) {
    int common = Math.min(known.commonPrefix(prompt), computed);
    return prompt.wholeImages(known.wholeImages(Math.min(common, prompt.length() - 1)));
  }

  /** What the tenant's sequences that were parked last say, the last first. */
  List<Phrases> phrases(TenantId tenant, int most) {
    List<Phrases> found = new ArrayList<>(most);
    for (Parked one : byTenant.getOrDefault(tenant, NOBODY).reversed()) {
      if (found.size() == most) {
        break;
      }
      found.add(one.phrases());
    }
    return found;
  }
}

package org.clarion.scheduler.core;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The policy in as few lines as it takes, with lists that are gone through again and again: room for everybody, no
 * images, no beams, no steps ahead of results. What it plans the real one has to plan.
 */
final class ReferenceScheduler {
  /** A generation. */
  private static final class Wish {
    final long id;
    final String tenant;
    final ClinicalClass clinical;
    final int prompt;
    final int most;
    int planned;
    int generated;
    long grantedAt;

    Wish(long id, String tenant, ClinicalClass clinical, int prompt, int most) {
      this.id = id;
      this.tenant = tenant;
      this.clinical = clinical;
      this.prompt = prompt;
      this.most = most;
    }
  }

  private final SchedulerLimits limits;
  private final SchedulerPolicy policy;
  private final List<Wish> waiting = new ArrayList<>();
  private final List<Wish> running = new ArrayList<>();
  private final Map<ClinicalClass, Map<String, Long>> clinics = new EnumMap<>(ClinicalClass.class);
  private final Map<ClinicalClass, List<String>> order = new EnumMap<>(ClinicalClass.class);
  private final Map<ClinicalClass, Long> lines = new EnumMap<>(ClinicalClass.class);
  private final Map<ClinicalClass, Long> lastLeft = new EnumMap<>(ClinicalClass.class);
  private final long burst;
  private long quota;
  private long lastLine;
  private long step;

  ReferenceScheduler(SchedulerLimits limits, SchedulerPolicy policy) {
    this.limits = limits;
    this.policy = policy;
    burst = 64L * limits.tokenBudget() * 10 * 100;
    quota = burst;
    for (ClinicalClass clinical : ClinicalClass.values()) {
      clinics.put(clinical, new HashMap<>());
      order.put(clinical, new ArrayList<>());
      lines.put(clinical, 0L);
      lastLeft.put(clinical, 0L);
    }
  }

  void admit(long id, String tenant, ClinicalClass clinical, int prompt, int most) {
    if (!Objects.requireNonNull(order.get(clinical)).contains(tenant)) {
      Objects.requireNonNull(order.get(clinical)).add(tenant);
      Objects.requireNonNull(clinics.get(clinical)).put(tenant, 0L);
    }
    List<Wish> mates = waiting.stream().filter(w -> w.clinical == clinical).toList();
    if (mates.isEmpty()) {
      OptionalLong least = waiting.stream().mapToLong(w -> line(w.clinical)).min();
      lines.merge(clinical, least.orElse(lastLine), Math::max);
    }
    if (mates.stream().noneMatch(w -> w.tenant.equals(tenant))) {
      long least = mates.stream().mapToLong(this::virtual).min()
          .orElse(Objects.requireNonNull(lastLeft.get(clinical)));
      Objects.requireNonNull(clinics.get(clinical)).merge(tenant, least, Math::max);
    }
    waiting.add(new Wish(id, tenant, clinical, prompt, most));
  }

  void cancel(long id) {
    waiting.stream().filter(w -> w.id == id).findAny().ifPresent(this::noLonger);
    running.removeIf(w -> w.id == id);
  }

  /** The rows of the next step, which is taken to run at once. */
  List<String> step() {
    List<String> rows = new ArrayList<>();
    int budget = limits.tokenBudget();
    List<Wish> prefills = new ArrayList<>(running.stream().filter(w -> w.planned < w.prompt).toList());
    for (Wish wish : running) {
      if (wish.planned >= wish.prompt) {
        charge(wish, 20);
        budget -= grant(wish, 1, rows);
      }
    }
    prefills.sort(Comparator.comparing((Wish w) -> step - w.grantedAt <= 16)
        .thenComparing((one, other) -> step - one.grantedAt > 16
            ? Long.compare(one.grantedAt, other.grantedAt)
            : compare(one, other)));
    for (Wish wish : prefills) {
      budget -= prefill(wish, budget, rows);
    }
    while (budget > 0 && running.size() < limits.maxRows()) {
      Wish next = next();
      if (next == null) {
        break;
      }
      noLonger(next);
      running.add(next);
      budget -= prefill(next, budget, rows);
    }
    step += rows.isEmpty() ? 0 : 1;
    running.removeIf(w -> w.generated == w.most);
    return rows;
  }

  private int prefill(Wish wish, int budget, List<String> rows) {
    int count = Math.min(budget, Math.min(limits.chunk(), wish.prompt - wish.planned));
    if (count > 0) {
      charge(wish, 10L * count);
      grant(wish, count, rows);
    }
    return count;
  }

  private int grant(Wish wish, int count, List<String> rows) {
    rows.add(wish.id + "@" + wish.planned + "+" + count);
    wish.planned += count;
    wish.generated += wish.planned >= wish.prompt ? 1 : 0;
    wish.grantedAt = step + 1;
    return count;
  }

  private void charge(Wish wish, long cost) {
    long weight = policy.weights().of(Fixtures.session(wish.tenant, "s").tenant());
    Objects.requireNonNull(clinics.get(wish.clinical)).merge(wish.tenant, cost * 1_000_000 / weight, Long::sum);
    lastLine = line(wish.clinical) + cost * 1000 / policy.of(wish.clinical).share();
    lines.put(wish.clinical, lastLine);
    quota = Math.min(burst, quota + cost * policy.of(ClinicalClass.STAT).share())
        - (wish.clinical == ClinicalClass.STAT ? 100 * cost : 0);
  }

  private @Nullable Wish next() {
    Comparator<Wish> byClass = Comparator.comparing((Wish w) -> quota <= 0 || w.clinical != ClinicalClass.STAT)
        .thenComparingLong(w -> line(w.clinical)).thenComparing(w -> w.clinical);
    return waiting.stream().min(byClass.thenComparingLong(this::virtual)
        .thenComparingInt(w -> Objects.requireNonNull(order.get(w.clinical)).indexOf(w.tenant))).orElse(null);
  }

  private int compare(Wish one, Wish other) {
    return Comparator.comparing((Wish w) -> quota <= 0 || w.clinical != ClinicalClass.STAT)
        .thenComparingLong(w -> line(w.clinical)).thenComparing(w -> w.clinical).thenComparingLong(this::virtual)
        .thenComparingLong(w -> w.id).compare(one, other);
  }

  private void noLonger(Wish wish) {
    waiting.remove(wish);
    if (waiting.stream().noneMatch(w -> w.clinical == wish.clinical && w.tenant.equals(wish.tenant))) {
      lastLeft.put(wish.clinical, virtual(wish));
    }
  }

  private long line(ClinicalClass clinical) {
    return Objects.requireNonNull(lines.get(clinical));
  }

  private long virtual(Wish wish) {
    return Objects.requireNonNull(Objects.requireNonNull(clinics.get(wish.clinical)).get(wish.tenant));
  }
}

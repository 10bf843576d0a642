package org.clarion.scheduler.core;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.clarion.scheduler.api.OwnerId;
import org.clarion.scheduler.api.ServiceReport;
import org.clarion.scheduler.api.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * Generations that wait for their start, and what everybody was given. Two levels decide who is next: first the
 * clinical class, then the clinic.
 *
 * <p>
 * <b>Cost.</b> Service is counted in tenths of a prefill position: {@link #PREFILL_COST} for each position of a granted
 * chunk, {@link #DECODE_COST} for each decoded token, {@link #IMAGE_COST} for each image that the ranks read anew,
 * {@link #CACHED_COST} for each position whose keys and values were there. Nothing is charged before it is granted, so
 * that a cancelled generation has cost what was done for it; positions that the replica lost and computes again are not
 * charged twice.
 *
 * <p>
 * <b>Clinics.</b> Within a class the clinic with the least service divided by its weight comes first (virtual token
 * counters, Sheng and others, "Fairness in Serving Large Language Models", OSDI 2024). A clinic whose queue was empty
 * starts level with the least served of those that wait: idling earns nothing. For two clinics f and g of one class, of
 * weights w, while both have a generation waiting throughout:
 *
 * <pre>
 * |S(f)/w(f) - S(g)/w(g)|  <=  U / min(w(f), w(g)),    U = DECODE_COST * M + IMAGE_COST * I + P * A
 * </pre>
 *
 * S is the service since both began to wait, M the positions of the arena, I the images that M positions can hold, P
 * how many generations may overtake one that finds no room ({@link Planning#MAX_PASSED_OVER}), and A what the dearest
 * single generation costs. Why: a generation starts only for the clinic with the lesser quotient; after the last such
 * start the clinic can be given no more than what its running generations still cost, and these lie in the arena
 * together, each position charged at most once and at most DECODE_COST. Only those that overtake a generation without
 * room start out of turn. Over an interval both ends count, so that the service within it differs by at most twice
 * that.
 *
 * <p>
 * <b>Classes.</b> They share the service in proportion to their shares by the same rule. STAT also comes first,
 * whatever it had, while its quota lasts: the quota grows by STAT's share of all service that is given, up to
 * {@code burst}, and shrinks by what STAT is given. So a class with share s and work waiting gets at least s of the
 * service of an interval, less one burst and one U.
 */
final class FairQueue {
  /** Costs in tenths of a prefill position. */
  static final int PREFILL_COST = 10;
  static final int DECODE_COST = 20;
  static final int IMAGE_COST = 640;
  static final int CACHED_COST = 1;

  private final Map<ClinicalClass, Line> lines = new EnumMap<>(ClinicalClass.class);
  private final Map<TenantId, Integer> queuedByTenant = new HashMap<>();
  private final Set<Sequence> awaiting = new LinkedHashSet<>();
  private final int statShare;
  /** In hundredths of a cost unit. */
  private final long burst;
  private long quota;
  private final TenantCounters counters = new TenantCounters();
  private int queued;
  private long queuedPrompt;
  private long lastVirtual;

  /** One clinical class. */
  private static final class Line {
    final ClassQueue queue;
    final int share;
    long virtual;
    long served;
    int queued;

    Line(ClassQueue queue, int share) {
      this.queue = queue;
      this.share = share;
    }
  }

  /**
   * @param burst
   *          service that STAT may be given at once before anybody else
   */
  FairQueue(SchedulerPolicy policy, long burst) {
    for (ClinicalClass clinical : ClinicalClass.values()) {
      lines.put(clinical, new Line(new ClassQueue(policy.weights()), policy.of(clinical).share()));
    }
    statShare = policy.of(ClinicalClass.STAT).share();
    this.burst = 100 * burst;
    quota = this.burst;
  }

  /** Generations that have not started. */
  int size() {
    return queued;
  }

  /** Positions of their prompts. */
  long prompts() {
    return queuedPrompt;
  }

  /** Generations of a clinic that have not started. */
  int size(TenantId id) {
    return queuedByTenant.getOrDefault(id, 0);
  }

  /** Generations of a class that have not started. */
  int size(ClinicalClass clinical) {
    return line(clinical).queued;
  }

  /** The waiting generations of a class. */
  ClassQueue of(ClinicalClass clinical) {
    return line(clinical).queue;
  }

  /** Sequences that stand aside for an embedding. */
  Set<Sequence> awaiting() {
    return awaiting;
  }

  /** The class's virtual time: its service divided by its share. */
  long virtual(ClinicalClass clinical) {
    return line(clinical).virtual;
  }

  /** The class's share in per cent. */
  int share(ClinicalClass clinical) {
    return line(clinical).share;
  }

  /** Whether STAT comes before everybody else now. */
  boolean statFirst() {
    return quota > 0;
  }

  /** A new generation. */
  void arrive(Sequence sequence, boolean ready) {
    Line line = line(sequence.clinicalClass());
    line.queue.born(sequence.tenant());
    line.queued++;
    queued++;
    queuedPrompt += sequence.promptLength();
    queuedByTenant.merge(sequence.tenant(), 1, Integer::sum);
    if (ready) {
      add(sequence);
    } else {
      awaiting.add(sequence);
    }
  }

  /** The embedding is there: the sequence queues behind its clinic's others. */
  void wake(Sequence sequence) {
    awaiting.remove(sequence);
    add(sequence);
  }

  /** A class without anything waiting starts level with the least served of the others. */
  private void add(Sequence sequence) {
    Line line = line(sequence.clinicalClass());
    if (!line.queue.backlogged()) {
      line.virtual = Math.max(line.virtual,
          lines.values().stream().filter(other -> other.queue.backlogged()).mapToLong(other -> other.virtual).min()
              .orElse(lastVirtual));
    }
    line.queue.add(sequence);
  }

  /** An embedding that seemed to be there is not. */
  void setAside(Sequence sequence) {
    line(sequence.clinicalClass()).queue.remove(sequence);
    awaiting.add(sequence);
  }

  /** The sequence starts or ends: it waits no longer. */
  void leave(Sequence sequence) {
    Line line = line(sequence.clinicalClass());
    if (!awaiting.remove(sequence) && !line.queue.remove(sequence)) {
      throw new IllegalStateException("sequence " + sequence.id + " is not in the queue");
    }
    line.queued--;
    queued--;
    queuedPrompt -= sequence.promptLength();
    queuedByTenant.computeIfPresent(sequence.tenant(), (_, count) -> count == 1 ? null : count - 1);
  }

  /** A sequence, started or not, has ended. */
  void ended(Sequence sequence) {
    line(sequence.clinicalClass()).queue.ended(sequence.tenant());
  }

  /** The generation to start next, of a clinic that was not passed over. */
  Optional<Sequence> next() {
    Line line = nextLine();
    return line == null ? Optional.empty() : Optional.ofNullable(line.queue.first());
  }

  /** The clinic whose turn it is stands back until {@link #restore}. */
  void pass() {
    Line line = nextLine();
    if (line != null) {
      line.queue.pass();
    }
  }

  /** Those who stood back are there again. */
  void restore() {
    lines.values().forEach(line -> line.queue.restore());
  }

  private @Nullable Line nextLine() {
    @Nullable
    Line best = null;
    for (Map.Entry<ClinicalClass, Line> entry : lines.entrySet()) {
      Line line = entry.getValue();
      if (line.queue.ready()) {
        if (entry.getKey() == ClinicalClass.STAT && statFirst()) {
          return line;
        }
        if (best == null || line.virtual < best.virtual) {
          best = line;
        }
      }
    }
    return best;
  }

  /** Whether a sequence's prefill comes before another's: by class, then by clinic, then by arrival. */
  int compare(Sequence one, Sequence other) {
    ClinicalClass oneClass = one.clinicalClass();
    ClinicalClass otherClass = other.clinicalClass();
    if (oneClass != otherClass) {
      if (statFirst() && (oneClass == ClinicalClass.STAT || otherClass == ClinicalClass.STAT)) {
        return oneClass == ClinicalClass.STAT ? -1 : 1;
      }
      int byClass = Long.compare(line(oneClass).virtual, line(otherClass).virtual);
      return byClass != 0 ? byClass : oneClass.compareTo(otherClass);
    }
    ClassQueue queue = of(oneClass);
    int byTenant = Long.compare(queue.virtual(one.tenant()), queue.virtual(other.tenant()));
    return byTenant != 0 ? byTenant : Long.compare(one.id, other.id);
  }

  /** Books service given to the sequence's clinic. */
  void charge(Sequence sequence, long cost) {
    ClinicalClass clinical = sequence.clinicalClass();
    Line line = line(clinical);
    line.queue.charge(sequence.tenant(), cost);
    counters.given(sequence.tenant(), clinical, cost);
    line.virtual += cost * ClassQueue.UNIT / line.share;
    line.served += cost;
    lastVirtual = line.virtual;
    quota = Math.min(burst, quota + cost * statShare) - (clinical == ClinicalClass.STAT ? 100 * cost : 0);
  }

  /** What other replicas gave counts for clinics like one's own; classes have their shares at every replica. */
  void merge(List<ServiceReport> reports) {
    for (TenantCounters.Increment increment : counters.merge(reports)) {
      of(increment.key().clinicalClass()).chargeElsewhere(increment.key().tenant(), increment.cost());
    }
  }

  /** What was given here, for other replicas. */
  @Nullable
  ServiceReport report(OwnerId reporter, String model) {
    return counters.report(reporter, model);
  }

  /** What a clinic was given in all classes, in tenths of a prefill position; 0 when forgotten. */
  long served(TenantId id) {
    return lines.values().stream().mapToLong(line -> line.queue.served(id)).sum();
  }

  /** What a class was given. */
  long served(ClinicalClass clinical) {
    return line(clinical).served;
  }

  /** Checks all sums; throws {@link IllegalStateException} at the first that is wrong. */
  void audit() {
    int waiting = 0;
    for (Line line : lines.values()) {
      line.queue.audit();
      waiting += line.queue.tenants().values().stream().mapToInt(tenant -> tenant.waiting.size()).sum();
    }
    int byTenant = queuedByTenant.values().stream().mapToInt(Integer::intValue).sum();
    int byClass = lines.values().stream().mapToInt(line -> line.queued).sum();
    if (waiting + awaiting.size() != queued || byTenant != queued || byClass != queued) {
      throw new IllegalStateException(waiting + " sequences wait and " + awaiting.size() + " stand aside; booked are "
          + queued + ", by tenant " + byTenant + ", by class " + byClass);
    }
  }

  private Line line(ClinicalClass clinical) {
    return Objects.requireNonNull(lines.get(clinical));
  }
}

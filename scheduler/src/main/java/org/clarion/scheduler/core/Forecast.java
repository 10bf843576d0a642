package org.clarion.scheduler.core;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.clarion.scheduler.api.TenantId;

/**
 * Predicts when a generation that queues now would have its first token.
 *
 * <p>
 * Who comes before it is told by the queue's own order: of its clinic all, of another clinic those that start until
 * that clinic's virtual time has passed its own, of another class likewise. With {@code n} of them before it and
 * {@code R} rows, its row is the one that the running sequence {@code n mod R} (the soonest to end first) leaves, and
 * {@code n / R} whole answers lie between. Until then every step takes what a step of R decodes takes, and every
 * position of prefill adds its own. Answers are taken to be as long, compared to what was allowed, as they lately were.
 *
 * <p>
 * Later arrivals that come before it (STAT, clinics with less service) and images are not foreseen.
 */
final class Forecast {
  private static final double FIRST_RATIO = 0.5;
  private static final double NEWS = 1.0 / 32;
  private static final Duration LEAST = Duration.ofSeconds(1);
  private static final Duration MOST = Duration.ofHours(1);

  /** Work that is done before somebody's turn: how many generations, and their positions. */
  private record Ahead(double generations, double prompt, double answer) {
    static final Ahead NOTHING = new Ahead(0, 0, 0);

    Ahead plus(ClassQueue.Tenant tenant, double part, double ratio) {
      return new Ahead(generations + part * tenant.waiting.size(), prompt + part * tenant.waitingPrompt,
          answer + part * tenant.waitingAnswer * ratio);
    }

    Ahead plus(Ahead other, double part) {
      return new Ahead(generations + part * other.generations, prompt + part * other.prompt,
          answer + part * other.answer);
    }

    double cost() {
      return prompt * FairQueue.PREFILL_COST + answer * FairQueue.DECODE_COST;
    }
  }

  private final SchedulerLimits limits;
  private final FairQueue queue;
  private final StepModel model;
  /** Tokens that answers have, of those that they might have. */
  private double ratio = FIRST_RATIO;

  Forecast(SchedulerLimits limits, FairQueue queue, StepModel model) {
    this.limits = limits;
    this.queue = queue;
    this.model = model;
  }

  /** An answer came to its own end. */
  void ended(Sequence sequence) {
    ratio += NEWS * ((double) sequence.generated / sequence.maxTokens - ratio);
  }

  /**
   * Time to the first token of a generation that queues now.
   *
   * @param uncached
   *          positions that it has to compute before
   * @param rowsFree
   *          whether it finds room at once when nobody else waits
   * @return zero before the model is ready
   */
  Duration firstToken(Terms terms, TenantId tenant, int uncached, List<Sequence> running, boolean rowsFree) {
    Ahead ahead = ahead(terms.clinicalClass(), tenant, true);
    boolean atOnce = rowsFree && ahead.generations() < 0.5;
    return duration(ahead, uncached, running, atOnce);
  }

  /** When the clinic's next generation starts, and its queue has a place again. */
  Duration nextStart(ClinicalClass clinical, TenantId tenant, List<Sequence> running) {
    return wait(duration(ahead(clinical, tenant, false), 0, running, false));
  }

  /** When anybody's next generation starts. */
  Duration nextStart(List<Sequence> running) {
    return wait(duration(Ahead.NOTHING, 0, running, false));
  }

  /** After what time another try makes sense; whole seconds. */
  static Duration wait(Duration predicted) {
    Duration whole = Duration.ofSeconds(Math.ceilDiv(predicted.toMillis(), 1000));
    return whole.compareTo(LEAST) < 0 ? LEAST : whole.compareTo(MOST) > 0 ? MOST : whole;
  }

  private Duration duration(Ahead ahead, int uncached, List<Sequence> running, boolean atOnce) {
    if (!model.ready()) {
      return Duration.ZERO;
    }
    double[] left = new double[running.size()];
    StepModel.Load decodes = StepModel.Load.NONE;
    double prefill = ahead.prompt() + uncached;
    for (int i = 0; i < left.length; i++) {
      Sequence sequence = running.get(i);
      int unread = sequence.known.length() - sequence.planned;
      prefill += Math.max(unread, 0);
      double expected = sequence.maxTokens * ratio - sequence.generated;
      // Longer than expected already: half of what is left.
      left[i] = expected > 0 ? expected : (sequence.maxTokens - sequence.generated) / 2.0;
      decodes = decodes.plus(sequence.planned, 1);
    }
    Arrays.sort(left);
    int portion = Math.max(1, Math.min(limits.chunk(), limits.tokenBudget() - left.length));
    double steps = 0;
    if (!atOnce && left.length > 0) {
      int before = (int) Math.round(ahead.generations());
      double hold = before == 0 ? 0 : (ahead.answer() + ahead.prompt() / portion) / ahead.generations();
      steps = left[before % left.length] + Math.floorDiv(before, left.length) * hold;
    }
    steps = Math.max(steps + Math.ceilDiv(Math.max(uncached, 1), portion),
        prefill / Math.max(1, limits.tokenBudget() - left.length));
    double context = left.length == 0 ? uncached / 2.0 : (double) decodes.context() / left.length;
    double nanos = steps * model.nanos(decodes) + prefill * model.nanosPerToken(context);
    return Duration.ofNanos((long) Math.min(nanos, Long.MAX_VALUE / 4.0));
  }

  /** What starts before the clinic's next generation, or before one that queues behind all of the clinic's. */
  private Ahead ahead(ClinicalClass clinical, TenantId id, boolean behindOwn) {
    ClassQueue own = queue.of(clinical);
    ClassQueue.Tenant mine = own.tenants().get(id);
    Ahead ahead = Ahead.NOTHING;
    double until = Math.max(own.virtual(id), own.present());
    if (mine != null && !mine.waiting.isEmpty()) {
      until = mine.virtual;
      if (behindOwn) {
        ahead = ahead.plus(mine, 1, ratio);
        until += ahead.cost() * ClassQueue.UNIT * 1000 / mine.weight;
      }
    }
    for (ClassQueue.Tenant other : own.tenants().values()) {
      if (other != mine && !other.waiting.isEmpty()) {
        double due = (until - other.virtual) * other.weight / (ClassQueue.UNIT * 1000);
        ahead = ahead.plus(other, part(due, Ahead.NOTHING.plus(other, 1, ratio).cost()), ratio);
      }
    }
    double line = queue.virtual(clinical) + ahead.cost() * ClassQueue.UNIT / queue.share(clinical);
    Ahead all = ahead;
    for (ClinicalClass other : ClinicalClass.values()) {
      if (other != clinical) {
        Ahead whole = whole(other);
        boolean first = queue.statFirst() && other == ClinicalClass.STAT;
        boolean last = queue.statFirst() && clinical == ClinicalClass.STAT;
        double due = (line - queue.virtual(other)) * queue.share(other) / ClassQueue.UNIT;
        all = all.plus(whole, first ? 1 : last ? 0 : part(due, whole.cost()));
      }
    }
    return all;
  }

  private Ahead whole(ClinicalClass clinical) {
    Ahead sum = Ahead.NOTHING;
    for (ClassQueue.Tenant tenant : queue.of(clinical).tenants().values()) {
      sum = sum.plus(tenant, 1, ratio);
    }
    return sum;
  }

  private static double part(double due, double cost) {
    return cost <= 0 ? 0 : Math.clamp(due / cost, 0, 1);
  }
}

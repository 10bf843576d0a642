package org.clarion.scheduler.core;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.ToLongFunction;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * A scheduler and its replica under a clock of their own: steps take what a formula says, answers are as long as they
 * may be, and every time that a client would see is noted. Two steps are under way at a time.
 */
final class VirtualReplica {
  static final int CONTEXT = 4096;

  /** What a client saw of its generation; times in nanoseconds, 0 as long as it has not come. */
  static final class Seen {
    final GenerationRequest request;
    final long admitted;
    final Duration predicted;
    long firstToken;
    long lastToken;
    long ended;
    long widestGap;
    int tokens;
    SchedulerEvent.@Nullable Cause cause;

    Seen(GenerationRequest request, long admitted, Duration predicted) {
      this.request = request;
      this.admitted = admitted;
      this.predicted = predicted;
    }

    Duration untilFirstToken() {
      return Duration.ofNanos(firstToken - admitted);
    }
  }

  final Scheduler scheduler;
  final Map<Long, Seen> open = new HashMap<>();
  final List<Seen> ended = new ArrayList<>();
  long now = 1;
  long steps;
  private final ToLongFunction<StepModel.Load> machine;
  private final Deque<StepPlan> plans = new ArrayDeque<>();
  private final Random noise = new Random(7);
  private final int arena;
  private long epoch = 1;
  private int sessions;

  /** Steps take what the machine says, more or less by a tenth. */
  VirtualReplica(SchedulerLimits limits, SchedulerPolicy policy, int arena, ToLongFunction<StepModel.Load> machine) {
    scheduler = new Scheduler(limits, policy);
    scheduler.open(epoch, arena, CONTEXT, now);
    this.arena = arena;
    this.machine = machine;
  }

  /** A generation of its own session with a prompt of its own. */
  AdmitResult ask(String tenant, ClinicalClass clinical, int prompt, int answer) {
    Run words = new Run.Tokens(new Random(sessions).ints(prompt, 3, Fixtures.VOCABULARY).toArray());
    return ask(Fixtures.request(Fixtures.session(tenant, "s" + sessions++), Positions.of(List.of(words)), answer)
        .under(new Terms(clinical, null)));
  }

  AdmitResult ask(GenerationRequest request) {
    AdmitResult result = scheduler.admit(request, now);
    if (result instanceof AdmitResult.Accepted accepted) {
      open.put(accepted.id(), new Seen(request, now, accepted.firstToken()));
    }
    return result;
  }

  /** Plans as far as may be and executes one step; false when there is nothing to do. */
  boolean step() {
    for (StepPlan plan = next(); plan != null; plan = next()) {
      plans.add(plan);
    }
    handle(scheduler.expire(now));
    StepPlan plan = plans.poll();
    if (plan == null) {
      return false;
    }
    steps++;
    StepModel.Load load = load(plan);
    long nanos = (long) (machine.applyAsLong(load) * (0.9 + 0.2 * noise.nextDouble()));
    now += nanos;
    handle(scheduler.apply(new StepResult(plan.epoch(), plan.step(), plan.rows().stream().filter(StepPlan.Row::sample)
        .map(row -> new StepResult.Sampled(row.sequence(), 9)).toList(), List.of(), Duration.ofNanos(nanos)), now));
    return true;
  }

  private @Nullable StepPlan next() {
    return plans.size() < 2 ? scheduler.schedule(now).orElse(null) : null;
  }

  static StepModel.Load load(StepPlan plan) {
    StepModel.Load load = StepModel.Load.NONE;
    for (StepPlan.Row row : plan.rows()) {
      load = load.plus(row.position(), row.count());
    }
    return load;
  }

  /** The ranks are lost and come back with nothing. */
  void reopen() {
    plans.clear();
    scheduler.rankLost();
    handle(scheduler.open(++epoch, arena, CONTEXT, now));
  }

  void cancel(long generation) {
    scheduler.cancel(generation, now).ifPresent(event -> handle(List.of(event)));
  }

  /** The client has enough: the answer is what it has got. */
  void enough(long generation) {
    int got = Objects.requireNonNull(open.get(generation)).tokens;
    scheduler.endAt(generation, got, now).ifPresent(event -> handle(List.of(event)));
  }

  long servedTo(String tenant) {
    return scheduler.served(new TenantId(tenant));
  }

  private void handle(List<SchedulerEvent> events) {
    for (SchedulerEvent event : events) {
      switch (event) {
        case SchedulerEvent.Token token -> {
          Seen seen = Objects.requireNonNull(open.get(token.generation()));
          if (seen.tokens++ == 0) {
            seen.firstToken = now;
          } else {
            seen.widestGap = Math.max(seen.widestGap, now - seen.lastToken);
          }
          seen.lastToken = now;
        }
        case SchedulerEvent.Finished done -> end(done.generation(), null);
        case SchedulerEvent.Failed failed -> end(failed.generation(), failed.cause());
        case SchedulerEvent.EmbeddingLost lost -> throw new AssertionError(lost);
      }
    }
  }

  private void end(long generation, SchedulerEvent.@Nullable Cause cause) {
    Seen seen = Objects.requireNonNull(open.remove(generation));
    seen.ended = now;
    seen.cause = cause;
    ended.add(seen);
  }
}

package org.clarion.scheduler.simulate;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.core.Scheduler;
import org.clarion.scheduler.core.SchedulerEvent;
import org.clarion.scheduler.core.StepPlan;
import org.clarion.scheduler.core.StepResult;

/**
 * A scheduler whose ranks take what the cost says. One step executes while the next is planned, as in the real one. Not
 * thread-safe.
 */
final class SimulatedReplica {
  private static final int AHEAD = 2;

  final ReplicaId id;
  final Scheduler scheduler;
  /** Generations that have not ended, by the scheduler's id. */
  final Map<Long, Talk> talks = new HashMap<>();
  /** What the router knows. */
  long queuedTokens;
  long steps;
  long busy;
  private final StepCost cost;
  private final SplittableRandom random;
  private final Deque<StepPlan> plans = new ArrayDeque<>();
  private final Map<Long, Long> generations = new HashMap<>();
  private boolean executing;
  private long took;

  SimulatedReplica(int number, SimulatedCluster cluster) {
    id = new ReplicaId("r" + number);
    scheduler = new Scheduler(cluster.limits(), cluster.policy());
    scheduler.open(1, cluster.arenaTokens(), cluster.maxContext(), 0);
    cost = cluster.cost();
    random = new SplittableRandom(cluster.seed() * 31 + number);
  }

  /** Plans as far as may be; when that sets idle ranks to work, the time at which their step ends. */
  Optional<Long> go(long now) {
    while (plans.size() < AHEAD) {
      Optional<StepPlan> plan = scheduler.schedule(now);
      if (plan.isEmpty()) {
        break;
      }
      plan.get().admissions().forEach(a -> generations.put(a.sequence(), a.generation()));
      plans.add(plan.get());
    }
    if (executing || plans.isEmpty()) {
      return Optional.empty();
    }
    executing = true;
    took = nanos(plans.element());
    return Optional.of(now + took);
  }

  private long nanos(StepPlan plan) {
    int tokens = 0;
    long read = 0;
    for (StepPlan.Row row : plan.rows()) {
      tokens += row.count();
      read += (long) row.count() * row.position() + (long) row.count() * (row.count() + 1) / 2;
    }
    double jitter = 1 + cost.jitter() * (2 * random.nextDouble() - 1);
    return Math.max(1, (long) (jitter * cost.nanos(plan.rows().size(), tokens, read)));
  }

  /** The executing step ends. */
  List<SchedulerEvent> finish(long now) {
    StepPlan plan = plans.remove();
    executing = false;
    steps++;
    busy += took;
    List<StepResult.Sampled> sampled = new ArrayList<>();
    for (StepPlan.Row row : plan.rows()) {
      if (row.sample()) {
        Talk talk = talks.get(generations.getOrDefault(row.sequence(), 0L));
        sampled.add(new StepResult.Sampled(row.sequence(),
            talk == null ? Talk.STOP : talk.sample(row.position() + row.count())));
      }
    }
    List<SchedulerEvent> events = scheduler.apply(
        new StepResult(plan.epoch(), plan.step(), sampled, List.of(), Duration.ofNanos(took)), now);
    // Planned steps may still have rows of what is released; the last of them has gone by when its release executes.
    plan.release().forEach(generations::remove);
    return events;
  }
}

package org.clarion.scheduler.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.clarion.rpc.Turns;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.TenantId;

/**
 * The image encoders: whoever is free takes what is next, up to a batch; clinics have their turns as at the vision
 * worker. As many images as there are questions may wait. Not thread-safe.
 */
final class VisionPool {
  /** An image and the replica that needs it. */
  record Job(int replica, EmbeddingKey key) {}

  /** Images that are encoded together, until then. */
  record Batch(long until, List<Job> jobs) {}

  private final VisionCost cost;
  private final Turns<TenantId, Job> waiting = new Turns<>(Integer.MAX_VALUE);
  private int busy;

  VisionPool(VisionCost cost) {
    this.cost = cost;
  }

  void add(Job job) {
    if (!waiting.offer(job.key().tenant(), job)) {
      throw new IllegalStateException("too many images: " + waiting.refusal(job.key().tenant()));
    }
  }

  int waiting() {
    return waiting.size();
  }

  /** A worker begins, if one is free and an image waits. */
  Optional<Batch> begin(long now) {
    if (waiting.size() == 0 || busy == cost.workers()) {
      return Optional.empty();
    }
    busy++;
    List<Job> jobs = new ArrayList<>();
    while (jobs.size() < cost.batch() && waiting.size() > 0) {
      jobs.add(waiting.next().orElseThrow());
    }
    return Optional.of(new Batch(now + cost.fixed() + cost.image() * jobs.size(), jobs));
  }

  /** A worker is free again. */
  void end() {
    busy--;
  }
}

package org.clarion.scheduler.simulate;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.clarion.scheduler.api.EmbeddingKey;

/** The image encoders: whoever is free takes what waits longest, up to a batch. Not thread-safe. */
final class VisionPool {
  /** An image and the replica that needs it. */
  record Job(int replica, EmbeddingKey key) {}

  /** Images that are encoded together, until then. */
  record Batch(long until, List<Job> jobs) {}

  private final VisionCost cost;
  private final Deque<Job> waiting = new ArrayDeque<>();
  private int busy;

  VisionPool(VisionCost cost) {
    this.cost = cost;
  }

  void add(Job job) {
    waiting.add(job);
  }

  int waiting() {
    return waiting.size();
  }

  /** A worker begins, if one is free and an image waits. */
  Optional<Batch> begin(long now) {
    if (waiting.isEmpty() || busy == cost.workers()) {
      return Optional.empty();
    }
    busy++;
    List<Job> jobs = new ArrayList<>();
    while (jobs.size() < cost.batch() && !waiting.isEmpty()) {
      jobs.add(waiting.remove());
    }
    return Optional.of(new Batch(now + cost.fixed() + cost.image() * jobs.size(), jobs));
  }

  /** A worker is free again. */
  void end() {
    busy--;
  }
}

package org.clarion.scheduler.rpc;

import java.util.List;
import org.clarion.scheduler.api.ReplicaId;

/**
 * A tensor-parallel group.
 *
 * @param model
 *          id of the model that every rank serves
 * @param ranks
 *          host:port of each rank, rank 0 first
 */
public record ReplicaSpec(ReplicaId id, String model, List<String> ranks) {
  public ReplicaSpec {
    ranks = List.copyOf(ranks);
    if (ranks.isEmpty() || model.isBlank()) {
      throw new IllegalArgumentException("replica " + id + " needs a model and at least one rank");
    }
  }
}

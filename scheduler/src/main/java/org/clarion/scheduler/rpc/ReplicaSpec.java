package org.clarion.scheduler.rpc;

import java.util.List;
import java.util.OptionalInt;
import org.clarion.scheduler.api.ReplicaId;

/**
 * A tensor-parallel group.
 *
 * @param model
 *          id of the model that every rank serves
 * @param ranks
 *          host:port of each rank, rank 0 first
 * @param imageTokens
 *          positions that one image takes, 0 for a model without images; empty when unknown, and then not checked
 */
public record ReplicaSpec(ReplicaId id, String model, List<String> ranks, OptionalInt imageTokens) {
  public ReplicaSpec {
    ranks = List.copyOf(ranks);
    if (ranks.isEmpty() || model.isBlank()) {
      throw new IllegalArgumentException("replica " + id + " needs a model and at least one rank");
    }
  }
}

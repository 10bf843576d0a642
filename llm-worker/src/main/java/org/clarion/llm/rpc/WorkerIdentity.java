package org.clarion.llm.rpc;

import org.clarion.llm.core.PlanLimits;
import org.clarion.proto.v1.OpenReplica;
import org.clarion.rpc.ServiceError;

/**
 * What this rank is, for callers that think they know.
 *
 * @param hidden
 *          width of the decoder
 */
public record WorkerIdentity(String model, int rank, int ranks, int hidden, PlanLimits limits) {
  /** Refuses an owner that takes this rank for another one. */
  void check(OpenReplica open) {
    if (!open.getModel().equals(model) || open.getRank() != rank || open.getRanks() != ranks) {
      throw new ServiceError.InvalidArgument("wrong_rank",
          "this is rank " + rank + " of " + ranks + " of model " + model + ", not rank "
              + Integer.toUnsignedString(open.getRank()) + " of " + Integer.toUnsignedString(open.getRanks()) + " of "
              + open.getModel())
          .toException();
    }
  }
}

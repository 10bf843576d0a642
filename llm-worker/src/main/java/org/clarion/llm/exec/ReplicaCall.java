package org.clarion.llm.exec;

import org.clarion.rpc.ServiceError;

/** One opening of the replica as the executor sees it: who gets its answers. Thread-safe; nothing here blocks. */
public interface ReplicaCall {
  /** Name of the replica. */
  String replica();

  /** Fencing token of the owner. */
  long epoch();

  /** The next plan's outcome, in order. */
  void answer(StepOutcome outcome);

  /** The call ends after what was answered. */
  void complete();

  /** The call ends with an error; nothing after it is heard. */
  void fail(ServiceError error);
}

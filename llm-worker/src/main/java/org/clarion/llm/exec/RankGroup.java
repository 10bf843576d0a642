package org.clarion.llm.exec;

import org.clarion.engine.collective.Collective;

/** How a rank meets its peers, once for each opening of its replica. */
public interface RankGroup {
  /** This rank's number. */
  int rank();

  /** Ranks of the replica. */
  int size();

  /**
   * Waits for the peers that form the group for this epoch. A group of the same epoch that failed can be formed again.
   * Called by the executor's thread; an interrupt ends the wait.
   *
   * @throws org.clarion.engine.collective.CollectiveException
   *           when the peers do not come in time
   */
  Collective form(String replica, long epoch);
}

package org.clarion.scheduler.api;

import java.util.List;

/**
 * Where schedulers tell each other what they gave to whom. A report replaces the one before of the same reporter, and
 * is seen by the others within moments; one that is not renewed for {@link #LIFE_SECONDS} is forgotten. Losing one
 * costs fairness for a moment and nothing else. Thread-safe.
 */
public interface ServiceBoard {
  /** For how long a report stands. */
  int LIFE_SECONDS = 10;

  /**
   * Replaces the reporter's report; may block.
   *
   * @throws ClusterUnavailableException
   *           when it is not known to have been stored
   */
  void publish(ServiceReport report);

  /** All reports that stand, one's own included, ordered by reporter; local and at once. */
  List<ServiceReport> reports();
}

package org.clarion.scheduler.api;

import java.util.List;

/**
 * What one scheduler gave to whom, for the others that serve the same model.
 *
 * @param reporter
 *          one ownership of one replica: its totals start at 0
 * @param round
 *          counts its reports
 * @param given
 *          of clinics that were given something lately
 */
public record ServiceReport(OwnerId reporter, String model, long round, List<Given> given) {
  public ServiceReport {
    given = List.copyOf(given);
  }

  /**
   * Service given to a clinic.
   *
   * @param line
   *          the clinical class
   * @param total
   *          since the reporter's start
   * @param lately
   *          of this, what a reader counts who has not heard of the clinic before
   */
  public record Given(TenantId tenant, String line, long total, long lately) {}
}

package org.clarion.scheduler.simulate;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/**
 * Who asks when.
 *
 * @param name
 *          for the report
 * @param clinics
 *          numbers of clinics are below it
 * @param span
 *          in which visits begin
 * @param visits
 *          in order of time
 */
public record Trace(String name, int clinics, Duration span, List<Visit> visits) {
  public Trace {
    if (!span.isPositive()) {
      throw new IllegalArgumentException("span " + span + " of the trace is not positive");
    }
    visits = visits.stream().sorted(Comparator.comparingLong(Visit::at)).toList();
    for (Visit visit : visits) {
      if (visit.clinic() >= clinics || visit.at() >= span.toNanos()) {
        throw new IllegalArgumentException("a visit of clinic " + visit.clinic() + " at " + visit.at()
            + " ns is not of one of " + clinics + " clinics within " + span);
      }
    }
  }
}

package org.clarion.scheduler.cluster.memory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import org.clarion.scheduler.api.OwnerId;
import org.clarion.scheduler.api.ServiceBoard;
import org.clarion.scheduler.api.ServiceReport;

/** The reports of all schedulers of the process. Thread-safe. */
final class MemoryServiceBoard implements ServiceBoard {
  private final ExpiringMap<OwnerId, ServiceReport> reports = new ExpiringMap<>();
  private final InstantSource clock;

  MemoryServiceBoard(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public synchronized void publish(ServiceReport report) {
    reports.put(report.reporter(), report, clock.instant(), Duration.ofSeconds(LIFE_SECONDS));
  }

  @Override
  public synchronized List<ServiceReport> reports() {
    return reports.values(clock.instant()).stream()
        .sorted(Comparator.comparing((ServiceReport report) -> report.reporter().value())).toList();
  }
}

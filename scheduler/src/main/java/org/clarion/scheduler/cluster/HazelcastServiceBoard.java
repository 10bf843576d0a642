package org.clarion.scheduler.cluster;

import com.hazelcast.replicatedmap.ReplicatedMap;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.clarion.scheduler.api.OwnerId;
import org.clarion.scheduler.api.ServiceBoard;
import org.clarion.scheduler.api.ServiceReport;

/** Reports in a replicated map, of which every member has a copy to read; they go by themselves. */
final class HazelcastServiceBoard implements ServiceBoard {
  private final ReplicatedMap<String, StoredReport> reports;
  private final Calls calls;

  HazelcastServiceBoard(ReplicatedMap<String, StoredReport> reports, Calls calls) {
    this.reports = reports;
    this.calls = calls;
  }

  @Override
  public void publish(ServiceReport report) {
    StoredReport stored = StoredReport.of(report);
    calls.blocking("publishing what was served", () -> {
      reports.put(report.reporter().value(), stored, LIFE_SECONDS, TimeUnit.SECONDS);
      return true;
    });
  }

  @Override
  public List<ServiceReport> reports() {
    return reports.entrySet().stream().sorted(Map.Entry.comparingByKey(Comparator.naturalOrder()))
        .map(entry -> entry.getValue().report(new OwnerId(entry.getKey()))).toList();
  }
}

package org.clarion.scheduler.cluster;

import java.util.List;
import java.util.stream.IntStream;
import org.clarion.scheduler.api.OwnerId;
import org.clarion.scheduler.api.ServiceReport;
import org.clarion.scheduler.api.ServiceReport.Given;
import org.clarion.scheduler.api.TenantId;

/** A report as it is stored; the arrays are of one length. */
record StoredReport(String model, long round, String[] tenants, String[] lines, long[] totals, long[] lately) {
  static StoredReport of(ServiceReport report) {
    List<Given> given = report.given();
    return new StoredReport(report.model(), report.round(),
        given.stream().map(one -> one.tenant().value()).toArray(String[]::new),
        given.stream().map(Given::line).toArray(String[]::new), given.stream().mapToLong(Given::total).toArray(),
        given.stream().mapToLong(Given::lately).toArray());
  }

  ServiceReport report(OwnerId reporter) {
    return new ServiceReport(reporter, model, round, IntStream.range(0, tenants.length)
        .mapToObj(i -> new Given(new TenantId(tenants[i]), lines[i], totals[i], lately[i])).toList());
  }
}

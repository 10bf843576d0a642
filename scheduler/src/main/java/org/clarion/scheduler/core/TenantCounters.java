package org.clarion.scheduler.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.clarion.scheduler.api.OwnerId;
import org.clarion.scheduler.api.ServiceReport;
import org.clarion.scheduler.api.ServiceReport.Given;
import org.clarion.scheduler.api.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * What this replica gave to whom, for others, and what others gave, for this one. Totals only grow and a report names
 * the total, so that reports may be lost, repeated or late without being counted twice. A clinic is in the reports for
 * {@link #ROUNDS} rounds after it was last given something. Not thread-safe.
 *
 * <p>
 * With R replicas that hear of each other every T, the gap between two clinics that wait at all of them is at most
 * {@code R U + (R - 1) G} divided by the lesser weight: U is that of {@link FairQueue}, for each replica has its own
 * running generations, and G the most that one replica gives in T and the time that a report takes, which is
 * DECODE_COST times the token budget for each step in it.
 */
final class TenantCounters {
  /** Rounds after which a clinic that is given nothing is no longer told of. */
  static final int ROUNDS = 50;
  private static final int MOST_TOLD = 1024;
  private static final int REMEMBERED = 16_384;
  private static final Map<String, ClinicalClass> CLASSES = Arrays.stream(ClinicalClass.values())
      .collect(Collectors.toMap(ClinicalClass::name, clinical -> clinical));

  /** A clinic within a class. */
  record Key(TenantId tenant, ClinicalClass clinicalClass) {}

  /** Service that another replica gave. */
  record Increment(Key key, long cost) {}

  private static final class Counter {
    long total;
    long atWindow;
    long changed;
  }

  /** What is known of another replica. */
  private static final class Known {
    long round = -1;
    final Map<Key, Long> totals = new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1;

      @Override
      protected boolean removeEldestEntry(Map.Entry<Key, Long> eldest) {
        return size() > REMEMBERED;
      }
    };
  }

  private final Map<Key, Counter> own = new HashMap<>();
  private final Map<OwnerId, Known> others = new HashMap<>();
  private long round;

  /** This replica gave something. */
  void given(TenantId tenant, ClinicalClass clinical, long cost) {
    Counter counter = own.computeIfAbsent(new Key(tenant, clinical), _ -> new Counter());
    counter.total += cost;
    counter.changed = round;
  }

  /** The next report; null when there is nothing to tell. */
  @Nullable
  ServiceReport report(OwnerId reporter, String model) {
    own.values().removeIf(counter -> round - counter.changed > ROUNDS);
    round++;
    if (own.isEmpty()) {
      return null;
    }
    List<Given> given = new ArrayList<>();
    own.entrySet().stream()
        .sorted(Comparator.comparingLong((Map.Entry<Key, Counter> entry) -> -entry.getValue().changed)
            .thenComparing(entry -> entry.getKey().tenant().value())
            .thenComparing(entry -> entry.getKey().clinicalClass()))
        .limit(MOST_TOLD).forEach(entry -> {
          Counter counter = entry.getValue();
          given.add(new Given(entry.getKey().tenant(), entry.getKey().clinicalClass().name(), counter.total,
              counter.total - counter.atWindow));
          if (round % ROUNDS == 0) {
            counter.atWindow = counter.total;
          }
        });
    return new ServiceReport(reporter, model, round, given);
  }

  /** What is new in the reports of others; those that have gone are forgotten. */
  List<Increment> merge(List<ServiceReport> reports) {
    List<Increment> increments = new ArrayList<>();
    others.keySet().removeIf(known -> reports.stream().noneMatch(report -> report.reporter().equals(known)));
    for (ServiceReport report : reports) {
      Known known = others.computeIfAbsent(report.reporter(), _ -> new Known());
      if (report.round() > known.round) {
        known.round = report.round();
        for (Given given : report.given()) {
          ClinicalClass clinical = CLASSES.get(given.line());
          if (clinical == null) {
            // Of a scheduler that knows more classes.
            continue;
          }
          Key key = new Key(given.tenant(), clinical);
          Long before = known.totals.put(key, given.total());
          // A counter that was forgotten there starts again at 0.
          long news = before == null || given.total() < before ? given.lately() : given.total() - before;
          if (news > 0) {
            increments.add(new Increment(key, news));
          }
        }
      }
    }
    return increments;
  }
}

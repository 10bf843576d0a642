package org.clarion.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.clarion.scheduler.api.OwnerId;
import org.clarion.scheduler.api.ServiceReport;
import org.clarion.scheduler.api.TenantId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replicas that tell each other what they gave. */
class TenantCountersTest {
  private static final OwnerId ONE = new OwnerId("one");
  private static final int ROWS = 8;
  private static final int PROMPT = 100;
  private static final int ANSWER = 40;
  private static final int BUDGET = 128;
  private static final SchedulerLimits LIMITS = new SchedulerLimits(BUDGET, 64, ROWS, 4000, 2000, 32,
      Duration.ofSeconds(60));

  private static TenantCounters.Key key(String tenant) {
    return new TenantCounters.Key(new TenantId(tenant), ClinicalClass.ROUTINE);
  }

  private static ServiceReport report(TenantCounters counters) {
    return Objects.requireNonNull(counters.report(ONE, "m"));
  }

  private static Map<TenantCounters.Key, Long> add(Map<TenantCounters.Key, Long> sums,
      List<TenantCounters.Increment> increments) {
    increments.forEach(increment -> sums.merge(increment.key(), increment.cost(), Long::sum));
    return sums;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void whatIsLostRepeatedOrLateCountsOnce(long seed) {
    Random random = new Random(seed);
    TenantCounters teller = new TenantCounters();
    TenantCounters hearer = new TenantCounters();
    Map<TenantCounters.Key, Long> truth = new HashMap<>();
    Map<TenantCounters.Key, Long> heard = new HashMap<>();
    List<ServiceReport> sent = new ArrayList<>();
    for (int round = 0; round < 500; round++) {
      for (int i = random.nextInt(4); i > 0; i--) {
        String tenant = "t" + random.nextInt(5);
        long cost = random.nextInt(1000);
        teller.given(new TenantId(tenant), ClinicalClass.ROUTINE, cost);
        truth.merge(key(tenant), cost, Long::sum);
      }
      ServiceReport report = teller.report(ONE, "m");
      if (report != null) {
        sent.add(report);
      }
      if (!sent.isEmpty()) {
        ServiceReport any = sent.get(sent.size() - 1 - random.nextInt(Math.min(3, sent.size())));
        add(heard, hearer.merge(List.of(any)));
      }
    }
    add(heard, hearer.merge(List.of(sent.getLast())));
    assertThat(heard).isEqualTo(truth);
  }

  @Test
  void clinicsWithoutServiceAreToldOfNoMore() {
    TenantCounters teller = new TenantCounters();
    teller.given(new TenantId("a"), ClinicalClass.STAT, 5);
    for (int i = 0; i <= TenantCounters.ROUNDS; i++) {
      assertThat(report(teller).given()).hasSize(1);
    }
    assertThat(teller.report(ONE, "m")).isNull();
    teller.given(new TenantId("a"), ClinicalClass.STAT, 7);
    TenantCounters hearer = new TenantCounters();
    ServiceReport again = report(teller);
    assertThat(hearer.merge(List.of(again))).containsExactly(
        new TenantCounters.Increment(new TenantCounters.Key(new TenantId("a"), ClinicalClass.STAT), 7));
    assertThat(hearer.merge(List.of(again))).isEmpty();
  }

  @Test
  void aClassThatIsNotKnownIsLeftOut() {
    assertThat(new TenantCounters().merge(List.of(new ServiceReport(ONE, "m", 1,
        List.of(new ServiceReport.Given(new TenantId("a"), "NIGHT", 5, 5)))))).isEmpty();
  }

  private static void gossip(List<VirtualReplica> replicas) {
    List<ServiceReport> all = new ArrayList<>();
    for (int i = 0; i < replicas.size(); i++) {
      replicas.get(i).scheduler.report(new OwnerId("r" + i), "m").ifPresent(all::add);
    }
    for (int i = 0; i < replicas.size(); i++) {
      OwnerId self = new OwnerId("r" + i);
      replicas.get(i).scheduler.merge(all.stream().filter(report -> !report.reporter().equals(self)).toList());
    }
  }

  private static List<VirtualReplica> replicas(int count) {
    List<VirtualReplica> replicas = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      replicas.add(new VirtualReplica(LIMITS, SchedulerPolicy.DEFAULT, 4 * ROWS * (PROMPT + ANSWER),
          load -> 1_000_000L + load.tokens() * 10_000L));
    }
    return replicas;
  }

  private static void keep(VirtualReplica replica, String tenant, Random random) {
    while (replica.scheduler.queued(new TenantId(tenant)) < 2 * ROWS) {
      replica.ask(tenant, ClinicalClass.ROUTINE, 1 + random.nextInt(PROMPT), 1 + random.nextInt(ANSWER));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theGapOverAllReplicasIsBounded(long seed) {
    Random random = new Random(seed);
    List<VirtualReplica> replicas = replicas(3);
    int period = 10;
    long worst = 0;
    for (int i = 0; i < 3000; i++) {
      for (VirtualReplica replica : replicas) {
        keep(replica, "a", random);
        keep(replica, "b", random);
        // Uneven: "a" has three times as long prompts at the first replica.
        if (replica == replicas.getFirst()) {
          replica.ask("a", ClinicalClass.ROUTINE, PROMPT, 1);
        }
        replica.step();
      }
      if (i % period == period - 1) {
        gossip(replicas);
      }
      worst = Math.max(worst, Math.abs(replicas.stream().mapToLong(r -> r.servedTo("a") - r.servedTo("b")).sum()));
    }
    long running = ROWS * ((long) PROMPT * FairQueue.PREFILL_COST + (long) ANSWER * FairQueue.DECODE_COST);
    // Two steps are under way, so that a period has granted at most two more.
    long stale = (period + 2L) * BUDGET * FairQueue.DECODE_COST;
    assertThat(worst).isLessThanOrEqualTo(3 * running + 2 * stale);
  }

  @Test
  void whoIsServedElsewhereComesLaterHere() {
    Random random = new Random(4);
    List<VirtualReplica> replicas = replicas(3);
    for (int i = 0; i < 3000; i++) {
      for (VirtualReplica replica : replicas) {
        keep(replica, "everywhere", random);
        replica.step();
      }
      keep(replicas.getFirst(), "here", random);
      if (i % 10 == 0) {
        gossip(replicas);
      }
    }
    VirtualReplica first = replicas.getFirst();
    assertThat(first.servedTo("here")).isGreaterThan(10 * first.servedTo("everywhere"));
  }
}

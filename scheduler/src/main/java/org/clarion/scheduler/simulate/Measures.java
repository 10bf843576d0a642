package org.clarion.scheduler.simulate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.HdrHistogram.Histogram;
import org.clarion.scheduler.core.ClinicalClass;
import org.clarion.scheduler.core.SchedulerEvent;
import org.clarion.scheduler.core.SchedulerStats;

/** Books what readers see. Not thread-safe. */
final class Measures {
  private final SimulatedCluster cluster;
  private final Map<ClinicalClass, Ledger> classes = new EnumMap<>(ClinicalClass.class);
  private final Ledger[] clinics;
  private final Histogram firstTurns = Ledger.histogram();
  private final Histogram followUps = Ledger.histogram();
  private final List<SimulationResult.Sample> samples = new ArrayList<>();
  private final List<List<Double>> busy = new ArrayList<>();
  private final long[] busyBefore;
  private final List<SimulationResult.Answer> answers = new ArrayList<>();
  private long before;
  private long end;

  Measures(SimulatedCluster cluster, int clinicCount) {
    this.cluster = cluster;
    for (ClinicalClass clinical : ClinicalClass.values()) {
      classes.put(clinical, new Ledger());
    }
    clinics = new Ledger[clinicCount];
    for (int i = 0; i < clinicCount; i++) {
      clinics[i] = new Ledger();
    }
    busyBefore = new long[cluster.replicas()];
    for (int i = 0; i < cluster.replicas(); i++) {
      busy.add(new ArrayList<>());
    }
  }

  private List<Ledger> ledgers(Talk talk) {
    return List.of(Objects.requireNonNull(classes.get(talk.visit.clinical())), clinics[talk.visit.clinic()]);
  }

  void asked(Talk talk) {
    ledgers(talk).forEach(ledger -> ledger.asked++);
  }

  void refused(Talk talk) {
    ledgers(talk).forEach(ledger -> ledger.refused++);
    lane(talk, talk.asked, talk.asked, 0);
  }

  void token(Talk talk, long now) {
    if (talk.firstToken == 0) {
      talk.firstToken = now;
      Ledger.record(talk.first() ? firstTurns : followUps, now - talk.asked);
    } else {
      ledgers(talk).forEach(ledger -> Ledger.record(ledger.interToken, now - talk.lastToken));
    }
    talk.lastToken = now;
  }

  void finished(Talk talk, SchedulerEvent.Outcome outcome, long now) {
    end = Math.max(end, now);
    long first = talk.firstToken == 0 ? now : talk.firstToken;
    double perToken = outcome.completionTokens() < 2
        ? 0
        : (double) (talk.lastToken - first) / (outcome.completionTokens() - 1);
    SimulatedCluster.Goal goal = cluster.goals().get(talk.visit.clinical());
    boolean good = goal == null
        || (first - talk.asked <= goal.firstToken().toNanos() && perToken <= goal.perToken().toNanos());
    for (Ledger ledger : ledgers(talk)) {
      ledger.completed++;
      ledger.good += good ? 1 : 0;
      ledger.promptTokens += outcome.promptTokens();
      ledger.cachedTokens += outcome.cachedTokens();
      ledger.newTokens += outcome.completionTokens();
      Ledger.record(ledger.firstToken, first - talk.asked);
    }
    lane(talk, first, now, outcome.completionTokens());
  }

  void failed(Talk talk, long now) {
    end = Math.max(end, now);
    ledgers(talk).forEach(ledger -> ledger.failed++);
    lane(talk, talk.firstToken == 0 ? now : talk.firstToken, now, 0);
  }

  private void lane(Talk talk, long first, long ended, int tokens) {
    if (talk.replica == 0 && answers.size() < SimulationResult.MOST_ANSWERS) {
      answers.add(
          new SimulationResult.Answer(talk.visit.clinic(), talk.visit.clinical(), talk.asked, first, ended, tokens));
    }
  }

  void sample(List<SimulatedReplica> replicas, int images, long now) {
    int queued = 0;
    int running = 0;
    double arena = 0;
    double fullest = 0;
    for (int i = 0; i < replicas.size(); i++) {
      SimulatedReplica replica = replicas.get(i);
      SchedulerStats stats = replica.scheduler.stats();
      double used = (double) stats.arenaUsed() / stats.arenaCapacity();
      queued += stats.queued();
      running += stats.running();
      arena += used / replicas.size();
      fullest = Math.max(fullest, used);
      busy.get(i).add(Math.clamp((double) (replica.busy - busyBefore[i]) / (now - before), 0, 1));
      busyBefore[i] = replica.busy;
    }
    before = now;
    samples.add(new SimulationResult.Sample(now, queued, running, images, arena, fullest));
  }

  SimulationResult result(Trace trace, List<SimulatedReplica> replicas) {
    Map<ClinicalClass, SimulationResult.Group> byClass = new EnumMap<>(ClinicalClass.class);
    classes.forEach((name, ledger) -> byClass.put(name, ledger.group(name.name().toLowerCase(Locale.ROOT))));
    List<SimulationResult.Group> byClinic = new ArrayList<>();
    for (int i = 0; i < clinics.length; i++) {
      byClinic.add(clinics[i].group("clinic " + i));
    }
    long steps = 0;
    long preemptions = 0;
    long evictions = 0;
    long relocations = 0;
    for (SimulatedReplica replica : replicas) {
      SchedulerStats stats = replica.scheduler.stats();
      steps += replica.steps;
      preemptions += stats.preemptions();
      evictions += stats.evictions();
      relocations += stats.relocations();
    }
    return new SimulationResult(trace, cluster, Duration.ofNanos(end), byClass, byClinic, Ledger.spread(firstTurns),
        Ledger.spread(followUps), new SimulationResult.Counts(steps, preemptions, evictions, relocations), samples,
        busy.stream().map(List::copyOf).toList(), answers);
  }
}

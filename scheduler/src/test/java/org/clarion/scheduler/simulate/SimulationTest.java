package org.clarion.scheduler.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.core.ClinicalClass;
import org.clarion.scheduler.core.Router;
import org.clarion.scheduler.core.SchedulerLimits;
import org.clarion.scheduler.core.SchedulerPolicy;
import org.clarion.scheduler.simulate.SimulationResult.Group;
import org.clarion.scheduler.simulate.SimulationResult.Spread;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the scheduler promises, on simulated machines: virtual time, so the same on every machine. Figures are left in
 * {@code target/shows.txt}.
 */
class SimulationTest {
  private static final List<String> FIGURES = Collections.synchronizedList(new ArrayList<>());
  private static final StepCost COST = new StepCost(3.4e6, 0.06e6, 0.254e6, 200, 6_000_000, 0.1);
  /** Steps with prefill take twice as long as those without. */
  private static final SchedulerPolicy PACED = SchedulerPolicy.DEFAULT.with(
      new SchedulerPolicy.Pace(Duration.ofMillis(200), 8, 2));
  private static final long SECOND = 1_000_000_000L;
  private static final int PROMPT = 128;
  private static final int ANSWER = 100;
  private static final TenantId GREEDY = new TenantId("c0");
  private static final TenantId MODEST = new TenantId("c1");

  @AfterAll
  static void leaveFigures() throws IOException {
    Files.write(Path.of("target", "shows.txt"), FIGURES.stream().sorted().toList());
  }

  @Test
  void theSameSeedGivesTheSameFigures() {
    Trace trace = Traces.clinicDay(20, 30, Duration.ofHours(24), Population.DEFAULT, 5);
    assertThat(trace.visits()).isEqualTo(
        Traces.clinicDay(20, 30, Duration.ofHours(24), Population.DEFAULT, 5).visits());
    SimulationResult one = run(cluster(3, 32_768), trace);
    assertThat(run(cluster(3, 32_768), trace)).isEqualTo(one);
    for (Group group : one.classes().values()) {
      assertThat(group.completed() + group.refused() + group.failed()).isEqualTo(group.asked());
    }
    FIGURES.add(String.format(Locale.ROOT, "follow-up: first token p50 %.3f s, of the first turn %.3f s",
        one.followUps().p50() / 1e3,
        one.firstTurns().p50() / 1e3));
    assertThat(one.followUps().p50()).isLessThan(0.3 * one.firstTurns().p50());
  }

  @Test
  void gapsVaryAsAsked() {
    for (double variation : new double[]{0.5, 1, 3}) {
      List<Visit> visits = Traces.steady(5, 10, variation, Duration.ofHours(1), Population.DEFAULT, 3).visits();
      double mean = 0;
      double squares = 0;
      for (int i = 1; i < visits.size(); i++) {
        double gap = (visits.get(i).at() - visits.get(i - 1).at()) * 1e-9;
        mean += gap / (visits.size() - 1);
        squares += gap * gap / (visits.size() - 1);
      }
      assertThat(mean).isBetween(0.095, 0.106);
      assertThat(Math.sqrt(squares - mean * mean) / mean).isBetween(0.95 * variation, 1.05 * variation);
    }
    assertThatThrownBy(() -> Traces.steady(5, 0, 1, Duration.ofHours(1), Population.DEFAULT, 3))
        .hasMessageContaining("rate 0.0");
  }

  /** Two clinics of which one offers ten times what the other does, and the other more than its half of the machine. */
  @Test
  void twoGreedyClinicsAreServedAlike() {
    List<Visit> visits = new ArrayList<>();
    for (int i = 0; i < 18_000; i++) {
      visits.add(visit(i * SECOND / 120, 0, ClinicalClass.BATCH, 0, PROMPT, ANSWER));
      if (i % 10 == 0) {
        visits.add(visit(i * SECOND / 120, 1, ClinicalClass.BATCH, 0, PROMPT, ANSWER));
      }
    }
    int arena = 4096;
    List<long[]> served = new ArrayList<>();
    SimulationResult result = watch(cluster(1, arena), trace(2, Duration.ofSeconds(150), visits), replica -> {
      if (replica.scheduler.queued(GREEDY) > 0 && replica.scheduler.queued(MODEST) > 0) {
        served.add(new long[]{replica.scheduler.served(GREEDY), replica.scheduler.served(MODEST)});
      }
    });
    // Both wait from the first sample to the last of those in which questions are asked.
    assertThat(served).hasSizeGreaterThan(470);
    long all = served.getLast()[0] + served.getLast()[1] - served.getFirst()[0] - served.getFirst()[1];
    // U of FairQueue without images: positions of the arena, and 64 times the dearest generation.
    long bound = 20L * arena + 64L * (10 * PROMPT + 20 * ANSWER);
    assertThat(all).isGreaterThan(10 * bound);
    long gap = served.stream().mapToLong(one -> Math.abs(one[0] - one[1])).max().orElseThrow();
    FIGURES
        .add(String.format(Locale.ROOT, "greedy: of %d each, the widest gap is %d, the bound %d", all / 2, gap, bound));
    assertThat(gap).isLessThanOrEqualTo(bound);
    assertThat(result.clinics().get(0).refused()).isGreaterThan(8 * result.clinics().get(1).refused());
    assertThat(result.clinics().get(1).firstToken().p95()).isLessThan(result.clinics().get(0).firstToken().p95());
  }

  @Test
  void manyGreedyClinicsLeaveOthersAPlaceInTheQueue() {
    List<Visit> visits = new ArrayList<>();
    for (int i = 0; i < 6000; i++) {
      visits.add(visit(i * SECOND / 50, i % 10, ClinicalClass.ROUTINE, 0, PROMPT, ANSWER));
      if (i % 100 == 0) {
        visits.add(visit(i * SECOND / 50, 10, ClinicalClass.ROUTINE, 0, PROMPT, ANSWER));
      }
    }
    List<Group> clinics = run(cluster(1, 32_768), trace(11, Duration.ofMinutes(2), visits)).clinics();
    long refused = clinics.subList(0, 10).stream().mapToLong(Group::refused).sum();
    FIGURES.add(String.format(Locale.ROOT,
        "queue: of ten greedy clinics' questions %d of 6000 are refused, of a modest "
            + "one's %d of 60; first token p95 %.1f s and %.1f s",
        refused, clinics.getLast().refused(),
        clinics.getFirst().firstToken().p95() / 1e3, clinics.getLast().firstToken().p95() / 1e3));
    assertThat(refused).isGreaterThan(3000);
    assertThat(clinics.getLast().refused()).isZero();
    assertThat(clinics.getLast().firstToken().p95()).isLessThan(clinics.getFirst().firstToken().p50());
  }

  /** A clinic asks for twice as many images as the encoder can do; the other clinics ask as often as is given. */
  @ParameterizedTest
  @ValueSource(ints = {3, 5, 6, 7})
  void aFloodOfImagesDoesNotSlowOtherStreams(int rate) {
    List<Visit> quiet = Traces
        .steady(5, rate, 1, Duration.ofMinutes(5), new Population(0, 0, 1, PROMPT, ANSWER, 0), 9).visits();
    List<Visit> flooded = new ArrayList<>(quiet);
    for (int i = 0; i < 6000; i++) {
      flooded.add(visit(i * SECOND / 20, 5, ClinicalClass.ROUTINE, 2, 32, 8));
    }
    SimulatedCluster paced = cluster(1, 32_768, PACED);
    SimulationResult calm = run(paced, trace(6, Duration.ofMinutes(5), quiet));
    SimulationResult result = run(paced, trace(6, Duration.ofMinutes(5), flooded));
    FIGURES.add(String.format(Locale.ROOT,
        "images, others ask %d times a second: between tokens p99 %.1f ms, flooded %.1f ms; first token p50 %.2f s, "
            + "p99 %.2f s, flooded %.2f s, %.2f s; the flood's own p50 %.1f s",
        rate, others(calm), others(result), first(calm).p50() / 1e3, first(calm).p99() / 1e3,
        first(result).p50() / 1e3, first(result).p99() / 1e3, result.clinics().get(5).firstToken().p50() / 1e3));
    assertThat(result.clinics().get(5).refused()).isPositive();
    assertThat(first(result).p50()).as("11 s at 7 a second where encoders take what came first").isLessThan(6000);
    if (rate >= 6) {
      assertThat(others(result)).isLessThanOrEqualTo(1.1 * others(calm));
    }
  }

  private static Spread first(SimulationResult result) {
    return result.clinics().getFirst().firstToken();
  }

  private static double others(SimulationResult result) {
    return result.clinics().subList(0, 5).stream().mapToDouble(group -> group.interToken().p99()).max().orElseThrow();
  }

  @Test
  void aLongPrefillLeavesStreamsTheirPace() {
    List<Visit> streams = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      streams.add(visit(i * SECOND / 100, 0, ClinicalClass.ROUTINE, 0, 64, 400));
    }
    SimulatedCluster paced = cluster(1, 32_768, PACED);
    double idle = run(paced, trace(2, Duration.ofMinutes(1), streams)).clinics().getFirst().interToken().p99();
    streams.add(visit(2 * SECOND, 1, ClinicalClass.ROUTINE, 0, 4000, 8));
    SimulationResult result = run(paced, trace(2, Duration.ofMinutes(1), streams));
    Group long4000 = result.clinics().get(1);
    FIGURES.add(String.format(Locale.ROOT,
        "prefill: between tokens p99 %.1f ms, with 4000 positions to prefill %.1f ms; its first token after %.1f s",
        idle, result.clinics().getFirst().interToken().p99(), long4000.firstToken().p50() / 1e3));
    assertThat(long4000.completed()).isOne();
    assertThat(result.clinics().getFirst().interToken().p99()).as("idle %s", idle).isLessThanOrEqualTo(2 * idle);
  }

  @Test
  void statComesSoonUnderFullLoad() {
    Population population = new Population(0.02, 0, 1, 200, 150, 0);
    SimulationResult result = run(cluster(1, 8192), Traces.steady(8, 10, 1, Duration.ofMinutes(10), population, 7));
    Group stat = of(result, ClinicalClass.STAT);
    FIGURES.add(
        String.format(Locale.ROOT, "stat: first token p50 %.2f s, p99 %.2f s; routine p50 %.1f s, %d of %d refused",
            stat.firstToken().p50() / 1e3, stat.firstToken().p99() / 1e3,
            of(result, ClinicalClass.ROUTINE).firstToken().p50() / 1e3, of(result, ClinicalClass.ROUTINE).refused(),
            of(result, ClinicalClass.ROUTINE).asked()));
    assertThat(stat.completed()).isEqualTo(stat.asked());
    assertThat(of(result, ClinicalClass.ROUTINE).refused()).isPositive();
    assertThat(of(result, ClinicalClass.ROUTINE).firstToken().p50()).isGreaterThan(20_000);
    assertThat(stat.firstToken().p99()).as("%s", result.classes()).isLessThan(5000);
  }

  /** Memory is what is short: rows would do for three times as many answers. */
  @Test
  void aFullArenaDoesNotStandStill() {
    List<Visit> visits = new ArrayList<>();
    for (int i = 0; i < 1800; i++) {
      visits.add(new Visit(i * SECOND / 15, i % 5, ClinicalClass.ROUTINE, 0, 0, List.of(new Visit.Turn(0, 150, 90, 90),
          new Visit.Turn(4 * SECOND, 30, 60, 60))));
    }
    List<Long> given = new ArrayList<>();
    List<Double> used = new ArrayList<>();
    SimulationResult result = watch(cluster(1, 2048), trace(5, Duration.ofMinutes(2), visits), replica -> {
      replica.scheduler.audit();
      if (replica.scheduler.stats().queued() > 0) {
        given.add(replica.scheduler.served(ClinicalClass.ROUTINE));
        used.add((double) replica.scheduler.stats().arenaUsed() / replica.scheduler.stats().arenaCapacity());
      }
    });
    Group all = of(result, ClinicalClass.ROUTINE);
    assertThat(used.stream().mapToDouble(Double::doubleValue).average().orElse(0)).isGreaterThan(0.9);
    assertThat(given.size()).isGreaterThan(470);
    for (int i = 1; i < given.size(); i++) {
      assertThat(given.get(i)).as("sample %d", i).isGreaterThan(given.get(i - 1));
    }
    assertThat(result.counts().preemptions()).as("an answer has its memory until its end").isZero();
    assertThat(all.failed()).isZero();
    assertThat(all.completed() + all.refused()).isEqualTo(all.asked());
    long roomy = of(run(cluster(1, 20_480, 8), trace(5, Duration.ofMinutes(2), visits)), ClinicalClass.ROUTINE)
        .newTokens();
    FIGURES.add(String.format(Locale.ROOT,
        "full: %.1f %% of the memory in use on average, %d tokens; with ten times the memory and eight rows %d",
        100 * used.stream().mapToDouble(Double::doubleValue).average().orElse(0), all.newTokens(), roomy));
    assertThat(all.newTokens()).isGreaterThan(roomy * 8 / 10);
  }

  private static Group of(SimulationResult result, ClinicalClass clinical) {
    return Objects.requireNonNull(result.classes().get(clinical));
  }

  private static Visit visit(long at, int clinic, ClinicalClass clinical, int images, int prompt, int answer) {
    return new Visit(at, clinic, clinical, images, 0, List.of(new Visit.Turn(0, prompt, answer, answer)));
  }

  private static Trace trace(int clinics, Duration span, List<Visit> visits) {
    return new Trace("test", clinics, span, visits);
  }

  private static SimulatedCluster cluster(int replicas, int arena) {
    return cluster(replicas, arena, SchedulerPolicy.DEFAULT);
  }

  private static SimulatedCluster cluster(int replicas, int arena, SchedulerPolicy policy) {
    return cluster(replicas, arena, SimulatedCluster.LIMITS, policy);
  }

  private static SimulatedCluster cluster(int replicas, int arena, int rows) {
    SchedulerLimits known = SimulatedCluster.LIMITS;
    return cluster(replicas, arena, new SchedulerLimits(known.tokenBudget(), known.chunk(), rows, known.queue(),
        known.tenantQueue(), known.sizeClass(), known.embeddingWait()), SchedulerPolicy.DEFAULT);
  }

  private static SimulatedCluster cluster(int replicas, int arena, SchedulerLimits limits, SchedulerPolicy policy) {
    return new SimulatedCluster(replicas, arena, 8192, 64, limits, policy, Router.DEFAULT, COST,
        new VisionCost(1, 4, 20_000_000, 40_000_000), SimulatedCluster.GOALS, 1);
  }

  private static SimulationResult run(SimulatedCluster cluster, Trace trace) {
    return new Simulation(cluster, trace, (now, asked) -> {
    }).run();
  }

  /** With a look at the first replica at every sample. */
  private static SimulationResult watch(SimulatedCluster cluster, Trace trace, Consumer<SimulatedReplica> look) {
    List<Simulation> watched = new ArrayList<>();
    Simulation simulation = new Simulation(cluster, trace,
        (now, asked) -> look.accept(watched.getFirst().replicas().getFirst()));
    watched.add(simulation);
    return simulation.run();
  }
}

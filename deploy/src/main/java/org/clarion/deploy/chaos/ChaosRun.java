package org.clarion.deploy.chaos;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.clarion.deploy.chaos.ChaosReport.Judged;
import org.clarion.deploy.chaos.ChaosReport.Round;
import org.clarion.deploy.embedded.EmbeddedCluster.Steps;
import org.clarion.deploy.process.Child;
import org.clarion.deploy.process.ProcessCluster;
import org.clarion.deploy.process.ProcessCluster.Counts;
import org.clarion.deploy.serve.RoleSettings.Served;

/**
 * A cluster of processes, clients that ask it the same things round by round, and a fault in each round. What the
 * clients got in the first round, without a fault, is what they must get in every other.
 */
public final class ChaosRun {
  /** Within which an answer ends, or has failed. */
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  /** Within which nothing runs any more after the last answer. */
  private static final Duration SETTLE = Duration.ofSeconds(20);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final long LATEST_STRIKE_MILLIS = 1_500;

  private final Order order;
  private final Watcher watcher;
  private final List<Visit> visits = new ArrayList<>();

  /**
   * What to do.
   *
   * @param counts
   *          processes
   * @param faults
   *          to choose from, each about as often
   * @param clients
   *          that ask at once
   * @param requests
   *          of each client in a round, a multiple of {@link Visit#TURNS}: as many visits, one after the other
   * @param tokens
   *          of each answer
   * @param lasting
   *          how long a pause, a cut or a stall lasts, and how long a dead process stays away
   */
  public record Order(Served served, Counts counts, List<Fault> faults, int rounds, int clients, int requests,
      int tokens, Duration lasting, long seed) {
    public Order {
      faults = List.copyOf(faults);
      if (requests < Visit.TURNS || requests % Visit.TURNS != 0) {
        throw new IllegalArgumentException("requests are " + requests + ", not a multiple of " + Visit.TURNS);
      }
    }

    private int repeats() {
      return requests / Visit.TURNS;
    }
  }

  /** An answer to the question of that turn of a visit. */
  private record Told(int turn, Answer answer) {}

  /** Told how it goes. */
  @FunctionalInterface
  public interface Watcher {
    /** A round is over. */
    void round(Round round);
  }

  public ChaosRun(Order order, Watcher watcher) {
    this.order = order;
    this.watcher = watcher;
  }

  /**
   * Starts the cluster, runs all rounds, stops it.
   *
   * @param logs
   *          folder for the processes' logs
   * @throws IllegalStateException
   *           when the cluster does not start, or does not answer without faults
   */
  public ChaosReport run(Path logs, Steps steps) throws IOException, InterruptedException {
    for (int i = 0; i < order.clients(); i++) {
      visits.add(Visit.of(i, order.seed()));
    }
    List<Round> rounds = new ArrayList<>();
    Random random = new Random(order.seed());
    try (FaultyLinks links = new FaultyLinks();
        ProcessCluster cluster = ProcessCluster.start(order.served(), order.counts(), 0, logs, links, steps);
        HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2)).build();
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      long start = System.nanoTime();
      List<List<Told>> expected = undisturbed(cluster, http, clients);
      steps.done(order.clients() + " visits without a fault", Duration.ofNanos(System.nanoTime() - start));
      Injector injector = new Injector(cluster, links, random);
      List<Fault> sequence = sequence(random);
      for (int i = 0; i < order.rounds(); i++) {
        Round round = round(i + 1, sequence.get(i), new Stage(cluster, http, clients, injector, random), expected);
        rounds.add(round);
        watcher.round(round);
      }
    }
    return new ChaosReport(order.seed(), rounds);
  }

  private record Stage(ProcessCluster cluster, HttpClient http, ExecutorService clients, Injector injector,
      Random random) {}

  /** Every fault about as often, in no order. */
  private List<Fault> sequence(Random random) {
    List<Fault> sequence = new ArrayList<>();
    while (sequence.size() < order.rounds()) {
      List<Fault> all = new ArrayList<>(order.faults());
      Collections.shuffle(all, random);
      sequence.addAll(all);
    }
    return sequence;
  }

  private List<List<Told>> undisturbed(ProcessCluster cluster, HttpClient http, ExecutorService clients)
      throws InterruptedException {
    List<List<Told>> answers = collect(start(cluster, http, clients, new Tempo(1, false, new AtomicInteger())));
    for (List<Told> visit : answers) {
      for (Told told : visit) {
        if (told.answer.failure() != null) {
          throw new IllegalStateException("without any fault an answer failed: " + told.answer.failure());
        }
      }
    }
    return answers;
  }

  private Round round(int number, Fault fault, Stage stage, List<List<Told>> expected) throws IOException,
      InterruptedException {
    AtomicInteger done = new AtomicInteger();
    List<Future<List<Told>>> running = start(stage.cluster, stage.http, stage.clients,
        new Tempo(order.repeats(), fault.act == Fault.Act.DROP, done));
    Thread.sleep(stage.random.nextLong(LATEST_STRIKE_MILLIS));
    // In the middle of a long round.
    while (done.get() < order.clients() * (order.requests() - Visit.TURNS) / 2
        && !running.stream().allMatch(Future::isDone)) {
      Thread.sleep(POLL);
    }
    Injector.Struck struck = stage.injector.strike(fault);
    if (fault.act != Fault.Act.NOTHING && fault.act != Fault.Act.DROP) {
      Thread.sleep(order.lasting());
    }
    struck.mending().mend();
    List<Judged> judged = new ArrayList<>();
    List<List<Told>> answers = collect(running);
    for (int visit = 0; visit < answers.size(); visit++) {
      for (Told told : answers.get(visit)) {
        Answer answer = told.answer;
        judged.add(new Judged(visit, told.turn, Verdict.of(answer, expected.get(visit).get(told.turn).answer.text()),
            answer.pause(), answer.connections(), answer.failure() == null ? "" : answer.failure()));
      }
    }
    boolean settled = settled(stage);
    stage.cluster.awaitServing();
    return new Round(number, fault, struck.what(), judged, settled);
  }

  /**
   * How the clients of a round go about it.
   *
   * @param repeats
   *          visits of each, one after the other
   * @param dropping
   *          whether they hang up on purpose
   * @param done
   *          counts answers
   */
  private record Tempo(int repeats, boolean dropping, AtomicInteger done) {}

  private List<Future<List<Told>>> start(ProcessCluster cluster, HttpClient http, ExecutorService clients,
      Tempo tempo) {
    List<URI> gateways = cluster.addresses();
    return visits.stream().map(visit -> clients.submit(() -> {
      List<Told> answers = new ArrayList<>();
      for (int i = 0; i < tempo.repeats; i++) {
        answers.addAll(visit(visit, http, gateways, tempo));
      }
      return answers;
    })).toList();
  }

  /** All turns of a visit, up to the first that fails. */
  private List<Told> visit(Visit visit, HttpClient http, List<URI> gateways, Tempo tempo)
      throws InterruptedException {
    List<Told> answers = new ArrayList<>();
    String session = null;
    for (int turn = 0; turn < Visit.TURNS; turn++) {
      long drop = tempo.dropping ? 1 + (visit.number() * 7L + turn * 3L) % Math.max(1, order.tokens() - 1) : 0;
      Answer answer = new Reader(http, gateways, (visit.number() + turn) % gateways.size(), PATIENCE, drop).read(visit
          .body(order.served().model(), turn, order.tokens(), session));
      answers.add(new Told(turn, answer));
      tempo.done.incrementAndGet();
      session = answer.session();
      if (answer.failure() != null || session == null) {
        tempo.done.addAndGet(Visit.TURNS - 1 - turn);
        break;
      }
    }
    return answers;
  }

  private static List<List<Told>> collect(List<Future<List<Told>>> running) throws InterruptedException {
    List<List<Told>> answers = new ArrayList<>();
    try {
      for (Future<List<Told>> one : running) {
        answers.add(one.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a client broke: " + e.getCause(), e);
    }
    return answers;
  }

  /** Whether no scheduler has anything left to do. */
  private static boolean settled(Stage stage) throws InterruptedException {
    long end = System.nanoTime() + SETTLE.toNanos();
    while (System.nanoTime() < end) {
      double left = 0;
      for (Child child : stage.cluster.children()) {
        if (child.name().startsWith("scheduler")) {
          left += busy(stage.http, stage.cluster.metrics(child));
        }
      }
      if (left == 0) {
        return true;
      }
      Thread.sleep(POLL);
    }
    return false;
  }

  /** Generations that a scheduler runs or that wait there; 1 where it does not answer. */
  private static double busy(HttpClient http, URI metrics) throws InterruptedException {
    try {
      String text = http.send(HttpRequest.newBuilder(metrics).timeout(Duration.ofSeconds(2)).build(), BodyHandlers
          .ofString()).body();
      return text.lines().filter(line -> line.startsWith("clarion_scheduler_running{") || line.startsWith(
          "clarion_scheduler_queued{")).mapToDouble(line -> Double.parseDouble(line.substring(
              line.lastIndexOf(' ')
                  + 1)))
          .sum();
    } catch (IOException e) {
      return 1;
    }
  }
}

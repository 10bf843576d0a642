package org.clarion.scheduler.simulate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeSet;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.ImageHash;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.core.AdmitResult;
import org.clarion.scheduler.core.GenerationRequest;
import org.clarion.scheduler.core.Router;
import org.clarion.scheduler.core.SchedulerEvent;

/**
 * Replays a trace against many schedulers. Events are questions, ends of steps and ends of image batches; a step is one
 * event however many tokens it yields. Deterministic; one owner thread; used once.
 *
 * <p>
 * A question goes to the replica that {@link Router} chooses from loads of this very moment, which in the real cluster
 * are some time old; its images are encoded after its admission. A refused question is not asked again, and its
 * conversation ends.
 */
public final class Simulation {
  /** As many in the time in which visits begin, and no more than as many again afterwards. */
  private static final int SAMPLES = 480;
  private static final long LEAST_INTERVAL = 1_000_000;

  /** Told evenly often, as often as there are samples, how far it is. */
  @FunctionalInterface
  public interface Progress {
    /** Nanoseconds of simulated time, and questions so far. */
    void at(long now, long asked);
  }

  private sealed interface What {
    record StepEnds(int replica) implements What {}

    record BatchEnds(VisionPool.Batch batch) implements What {}

    record Embedded(VisionPool.Job job) implements What {}

    record Asks(Talk talk) implements What {}

    record Sample() implements What {}
  }

  private record Event(long at, long order, What what) {}

  private final SimulatedCluster cluster;
  private final Trace trace;
  private final Progress progress;
  private final List<SimulatedReplica> replicas = new ArrayList<>();
  private final List<ReplicaId> ids;
  private final List<TenantId> tenants = new ArrayList<>();
  private final VisionPool vision;
  private final Measures measures;
  private final PriorityQueue<Event> events = new PriorityQueue<>(
      Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
  private long order;
  private long asked;
  private int nextVisit;

  public Simulation(SimulatedCluster cluster, Trace trace, Progress progress) {
    this.cluster = cluster;
    this.trace = trace;
    this.progress = progress;
    for (int i = 0; i < cluster.replicas(); i++) {
      replicas.add(new SimulatedReplica(i, cluster));
    }
    ids = replicas.stream().map(replica -> replica.id).toList();
    for (int i = 0; i < trace.clinics(); i++) {
      tenants.add(new TenantId("c" + i));
    }
    vision = new VisionPool(cluster.vision());
    measures = new Measures(cluster, trace.clinics());
  }

  /** The machines, for tests that look at them from the listener. */
  List<SimulatedReplica> replicas() {
    return replicas;
  }

  /** Until the last answer has ended. */
  public SimulationResult run() {
    long every = Math.max(LEAST_INTERVAL, trace.span().toNanos() / SAMPLES);
    at(every, new What.Sample());
    while (true) {
      Event next = events.peek();
      boolean visits = nextVisit < trace.visits().size();
      if (visits && (next == null || trace.visits().get(nextVisit).at() < next.at())) {
        Visit visit = trace.visits().get(nextVisit);
        ask(new Talk(visit, tenants.get(visit.clinic()), nextVisit++, cluster.seed()), visit.at());
      } else if (next != null) {
        events.remove();
        handle(next.what(), next.at(), every, visits);
      } else {
        return measures.result(trace, replicas);
      }
    }
  }

  private void handle(What what, long now, long every, boolean visits) {
    switch (what) {
      case What.StepEnds(int replica) -> stepEnds(replica, now);
      case What.BatchEnds(VisionPool.Batch batch) -> batchEnds(batch, now);
      case What.Embedded(VisionPool.Job job) -> {
        replicas.get(job.replica()).scheduler.embeddingReady(job.key());
        go(job.replica(), now);
      }
      case What.Asks(Talk talk) -> ask(talk, now);
      case What.Sample() -> {
        measures.sample(replicas, vision.waiting(), now);
        progress.at(now, asked);
        if (visits || (!events.isEmpty() && now < 2 * SAMPLES * every)) {
          at(now + every, what);
        }
      }
    }
  }

  private void at(long time, What what) {
    events.add(new Event(time, order++, what));
  }

  private void ask(Talk talk, long now) {
    asked++;
    GenerationRequest request = talk.ask(cluster.imageTokens(), now);
    int number = route(talk, request.prompt().length());
    SimulatedReplica replica = replicas.get(number);
    talk.replica = number;
    measures.asked(talk);
    switch (replica.scheduler.admit(request, now)) {
      case AdmitResult.Accepted accepted -> {
        replica.talks.put(accepted.id(), talk);
        talk.unread = request.prompt().length() - accepted.cachedTokens();
        replica.queuedTokens += talk.unread;
        for (ImageHash image : accepted.absentImages()) {
          VisionPool.Job job = new VisionPool.Job(number, new EmbeddingKey(talk.session.tenant(), image));
          if (talk.first()) {
            vision.add(job);
          } else {
            // Shared state still has it from the first turn.
            at(now + cluster.cost().way(), new What.Embedded(job));
          }
        }
        encode(now);
        go(number, now);
      }
      case AdmitResult.Overloaded _,AdmitResult.TooLate _,AdmitResult.TooLong _ -> measures.refused(talk);
    }
  }

  private int route(Talk talk, int prompt) {
    if (replicas.size() == 1) {
      return 0;
    }
    ReplicaId home = Router.home(talk.session, ids).orElseThrow();
    List<Router.Candidate> candidates = new ArrayList<>(replicas.size());
    for (SimulatedReplica replica : replicas) {
      boolean own = replica.id.equals(home);
      candidates.add(new Router.Candidate(replica.id, true, own, Math.max(prompt - talk.held, 1), replica.talks.size(),
          replica.queuedTokens, own));
    }
    return cluster.router().choose(talk.session, candidates).orElseThrow();
  }

  private void encode(long now) {
    for (Optional<VisionPool.Batch> batch = vision.begin(now); batch.isPresent(); batch = vision.begin(now)) {
      at(batch.get().until(), new What.BatchEnds(batch.get()));
    }
  }

  private void batchEnds(VisionPool.Batch batch, long now) {
    vision.end();
    Set<Integer> touched = new TreeSet<>();
    for (VisionPool.Job job : batch.jobs()) {
      replicas.get(job.replica()).scheduler.embeddingReady(job.key());
      touched.add(job.replica());
    }
    touched.forEach(number -> go(number, now));
    encode(now);
  }

  private void go(int number, long now) {
    replicas.get(number).go(now).ifPresent(end -> at(end, new What.StepEnds(number)));
  }

  private void stepEnds(int number, long now) {
    SimulatedReplica replica = replicas.get(number);
    tell(number, replica.finish(now), now);
    tell(number, replica.scheduler.expire(now), now);
    go(number, now);
  }

  private void tell(int number, List<SchedulerEvent> told, long now) {
    SimulatedReplica replica = replicas.get(number);
    long seen = now + cluster.cost().way();
    for (SchedulerEvent event : told) {
      switch (event) {
        case SchedulerEvent.Token token -> {
          Talk talk = replica.talks.get(token.generation());
          if (talk != null) {
            read(replica, talk);
            measures.token(talk, seen);
          }
        }
        case SchedulerEvent.Finished done -> {
          Talk talk = replica.talks.remove(done.generation());
          if (talk != null) {
            read(replica, talk);
            measures.finished(talk, done.outcome(), seen);
            if (talk.goOn(done.outcome().known())) {
              at(seen + talk.now().think(), new What.Asks(talk));
            }
          }
        }
        case SchedulerEvent.Failed failed -> {
          Talk talk = replica.talks.remove(failed.generation());
          if (talk != null) {
            read(replica, talk);
            measures.failed(talk, seen);
          }
        }
        case SchedulerEvent.EmbeddingLost lost -> throw new IllegalStateException("ranks here lose nothing: " + lost);
      }
    }
  }

  private static void read(SimulatedReplica replica, Talk talk) {
    replica.queuedTokens -= talk.unread;
    talk.unread = 0;
  }
}

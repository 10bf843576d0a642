package org.clarion.scheduler.rpc;

import io.grpc.BindableService;
import io.grpc.Channel;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.clarion.rpc.EmbeddingReceiver;
import org.clarion.scheduler.api.ClusterState;
import org.clarion.scheduler.api.Lease;
import org.clarion.scheduler.api.Member;
import org.clarion.scheduler.core.Router;
import org.clarion.scheduler.core.SchedulerLimits;
import org.clarion.scheduler.core.SchedulerPolicy;

/**
 * One scheduler's services for one replica: hands out answers while it owns the replica, points to the owner while it
 * does not. Thread-safe.
 */
public final class ReplicaService implements AutoCloseable {
  /**
   * How long to wait for what.
   *
   * @param open
   *          for all ranks to open an epoch
   * @param step
   *          for one step's results, then the replica is given up and opened anew
   * @param state
   *          for shared state and the owner thread, per request
   * @param embeddingLife
   *          how long session state keeps an embedding after its last use
   * @param grace
   *          for which a generation goes on without a reader
   */
  public record Patience(Duration open, Duration step, Duration state, Duration embeddingLife, Duration grace) {}

  /**
   * What surrounds a service.
   *
   * @param channels
   *          from host:port to a channel; kept by the callee of {@code apply}
   * @param advertised
   *          host:port where vision workers reach this scheduler
   * @param owner
   *          host:port of the scheduler that owns the replica, empty while none does
   * @param epochWanted
   *          asked, without waiting, for {@link #own} with a higher epoch, also than the given one
   * @param lease
   *          how long another's lease has to stand still before its replica counts as free
   * @param clock
   *          for session records
   */
  public record Surroundings(ClusterState cluster, Function<String, Channel> channels, Supplier<String> advertised,
      Supplier<Optional<String>> owner, LongConsumer epochWanted, Duration lease,
      InstantSource clock) {}

  private final SchedulerLoop loop;
  private final GenerateService generations;
  private final EmbeddingReceiver embeddings;

  /** What the scheduler goes by. */
  public record Rules(SchedulerLimits limits, SchedulerPolicy policy) {}

  /** Starts the owner thread, owning nothing yet. */
  public ReplicaService(ReplicaSpec replica, Rules rules, Patience patience, Surroundings around,
      MeterRegistry registry) {
    ClusterState cluster = around.cluster();
    Turns turns = new Turns(cluster.sessions(), cluster.durability(), replica.model(), around.clock());
    Placement placement = new Placement(replica.model(), cluster.membership(), Router.DEFAULT);
    loop = new SchedulerLoop(new SchedulerLoop.Settings(replica, rules.limits(), rules.policy(), patience.open(),
        patience.step()), cluster, turns, around.channels(), registry, around.epochWanted(),
        () -> placement.besides(replica.id()).isPresent());
    Underway underway = new Underway(patience.grace(), loop::cancel);
    Admissions admissions = new Admissions(replica, loop, turns, underway, cluster, placement,
        new Admissions.Surroundings(
            around.advertised(), around.owner(), patience.embeddingLife(), patience.state(), around.lease(),
            around.clock()));
    generations = new GenerateService(admissions, loop, underway, cluster);
    embeddings = new EmbeddingReceiver(
        new SessionEmbeddings(replica, cluster.embeddings(), loop, patience.embeddingLife()),
        EmbeddingReceiver.Limits.DEFAULT);
  }

  /** {@code SchedulerService}; blocks its handlers' threads on shared state. */
  public BindableService scheduler() {
    return generations;
  }

  /** {@code EmbeddingService}; blocks its handlers' threads on shared state. */
  public BindableService embeddings() {
    return embeddings;
  }

  /** The lease was granted or granted anew: the replica is opened under its epoch. */
  public void own(Lease lease) {
    loop.own(lease);
  }

  /** The lease is lost. */
  public void disown() {
    loop.disown();
  }

  /** What there is for further generations, to be announced; empty while the replica does not serve. */
  public Optional<Member.Offer> offer() {
    return loop.offer();
  }

  /** False while the replica that this scheduler owns does not serve. */
  public boolean healthy() {
    return loop.healthy();
  }

  /** Refuses further generations and waits for those there are; false when some have not ended within the grace. */
  public boolean drain(Duration grace) throws InterruptedException {
    return loop.drain(grace);
  }

  /** Stops at once: generations under way fail as unavailable. */
  @Override
  public void close() {
    loop.close();
  }
}

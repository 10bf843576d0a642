package org.clarion.scheduler.rpc;

import io.grpc.Channel;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.clarion.rpc.ServiceError;
import org.clarion.scheduler.api.ClusterState;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.Lease;
import org.clarion.scheduler.api.Member;
import org.clarion.scheduler.api.TenantErasedException;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.core.AdmitResult;
import org.clarion.scheduler.core.GenerationRequest;
import org.clarion.scheduler.core.Scheduler;
import org.clarion.scheduler.core.SchedulerEvent;
import org.clarion.scheduler.core.SchedulerLimits;
import org.clarion.scheduler.core.SchedulerPolicy;
import org.clarion.scheduler.core.SchedulerStats;
import org.clarion.scheduler.core.StepPlan;
import org.clarion.scheduler.core.StepResult;
import org.clarion.scheduler.core.TokenChances;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The owner thread of a replica: everything that changes the core, the ranks' state or the commit order happens on it,
 * one message after the other. Idle, it sleeps on its mailbox.
 *
 * <p>
 * The mailbox is bounded by what may send: admissions hold a permit, each generation sends at most a cancel and an end,
 * ranks answer at most two plans, the token log one append. Public methods may be called by any thread and never wait
 * for a step.
 *
 * <p>
 * The file reads top-down: what other threads ask for, then what the owner's thread makes of it.
 */
final class SchedulerLoop implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SchedulerLoop.class);
  private static final int PIPELINE = 2;
  private static final int MAX_ADMISSIONS_WAITING = 1024;
  private static final Duration TICK = Duration.ofMillis(100);
  private static final Duration IDLE_TICK = Duration.ofSeconds(1);
  private static final Duration FIRST_REOPEN = Duration.ofMillis(100);
  private static final Duration LAST_REOPEN = Duration.ofSeconds(1);
  /** Ranks that are down for longer, while another replica serves, are not waited for. */
  static final Duration DOWN = Duration.ofSeconds(2);

  /**
   * What a loop drives and how.
   *
   * @param openPatience
   *          how long the ranks may take to open
   * @param stepPatience
   *          how long a step may take before its replica is given up
   */
  record Settings(ReplicaSpec replica, SchedulerLimits limits, SchedulerPolicy policy, Duration openPatience,
      Duration stepPatience) {}

  /**
   * The loop's state for others to read.
   *
   * @param owned
   *          whether this scheduler holds the lease
   * @param serving
   *          whether the ranks serve its epoch
   * @param since
   *          when the ranks began to serve, or ceased to; {@link System#nanoTime}
   * @param shape
   *          of the replica, absent until the ranks have opened once
   */
  record View(boolean owned, boolean serving, long since, long epoch, ReplicaDriver.@Nullable Shape shape) {
    static final View STANDBY = new View(false, false, 0, 0, null);

    /** Whether the replica is ours and has not served for so long that its generations had better go elsewhere. */
    boolean down(long now) {
      return owned && !serving && now - since > DOWN.toNanos();
    }
  }

  private final Settings settings;
  private final Turns turns;
  private final EmbeddingPusher pusher;
  private final SchedulerMetrics metrics;
  private final LongConsumer epochWanted;
  private final BooleanSupplier elsewhere;
  private final ReplicaDriver driver;
  private final Committer committer;
  private final ServiceGossip gossip;
  private final LinkedBlockingQueue<Runnable> mailbox = new LinkedBlockingQueue<>();
  private final Semaphore admissions = new Semaphore(MAX_ADMISSIONS_WAITING);
  private final Map<Long, Generation> generations = new HashMap<>();
  private final Set<Generation> unended = ConcurrentHashMap.newKeySet();
  private final ExecutorService background = Executors.newThreadPerTaskExecutor(
      Thread.ofVirtual().name("scheduler-task-", 0).factory());
  private final Thread thread;
  private Scheduler scheduler;
  private Duration reopenPause = FIRST_REOPEN;
  private long reopenAt;
  private boolean reopenPending;
  private volatile View view = View.STANDBY;
  private volatile SchedulerStats stats;
  private volatile boolean draining;
  private volatile boolean closed;

  /**
   * Starts the thread, owning nothing.
   *
   * @param epochWanted
   *          asked, on any thread and without waiting, for a lease under a higher epoch, also than the given one, and
   *          to call {@link #own}
   * @param elsewhere
   *          whether another replica of the model serves; must not block
   */
  SchedulerLoop(Settings settings, ClusterState cluster, Turns turns, Function<String, Channel> channels,
      MeterRegistry registry, LongConsumer epochWanted, BooleanSupplier elsewhere) {
    this.settings = settings;
    this.turns = turns;
    this.epochWanted = epochWanted;
    this.elsewhere = elsewhere;
    scheduler = new Scheduler(settings.limits(), settings.policy());
    stats = scheduler.stats();
    metrics = new SchedulerMetrics(registry, settings.replica().id().value(), () -> stats);
    pusher = new EmbeddingPusher(cluster.embeddings(), settings.replica().ranks(), channels);
    driver = new ReplicaDriver(settings.replica(), channels,
        new ReplicaDriver.Patience(settings.openPatience(), settings.stepPatience()), this::execute, new Ranks());
    gossip = new ServiceGossip(cluster.service(), settings.replica().model(), background, this::execute);
    committer = new Committer(cluster.tokenLog(), this::execute,
        CompletableFuture.delayedExecutor(Committer.PAUSE.toMillis(), TimeUnit.MILLISECONDS, this::execute),
        new Commits());
    cluster.tenants().whenErased(tenant -> execute(() -> forget(tenant)));
    thread = Thread.ofPlatform().name("scheduler-" + settings.replica().id()).start(this::run);
  }

  // ---- for other threads

  View view() {
    return view;
  }

  /** False while the replica that this scheduler owns does not serve. */
  boolean healthy() {
    View seen = view;
    return !seen.owned() || seen.serving();
  }

  /** What there is for further generations; empty while the ranks do not serve or the scheduler stops. */
  Optional<Member.Offer> offer() {
    SchedulerStats seen = stats;
    return view.serving() && !draining
        ? Optional.of(new Member.Offer(settings.replica().model(), seen.running() + seen.queued(), seen.queuedPrompt()))
        : Optional.empty();
  }

  SchedulerMetrics metrics() {
    return metrics;
  }

  /** The lease was granted: drive the replica under its epoch. */
  void own(Lease lease) {
    execute(() -> {
      if (!draining) {
        View before = view;
        view = new View(true, false, before.owned() && !before.serving() ? before.since() : System.nanoTime(),
            lease.epoch(), before.shape());
        scheduler.rankLost();
        driver.open(lease.epoch(), System.nanoTime());
      }
    });
  }

  /** The lease is lost: stop at once; another owner goes on from the token log. */
  void disown() {
    execute(this::giveUp);
  }

  /** Queues a generation; the answer comes without waiting for a step. */
  CompletableFuture<AdmitResult> admit(Generation generation, GenerationRequest request) {
    if (!admissions.tryAcquire()) {
      return CompletableFuture.failedFuture(new ServiceError.Overloaded(
          MAX_ADMISSIONS_WAITING + " admissions wait already", Duration.ofSeconds(1)).toException());
    }
    CompletableFuture<AdmitResult> answer = new CompletableFuture<>();
    execute(() -> {
      admissions.release();
      try {
        answer.complete(admitNow(generation, request));
      } catch (RuntimeException e) {
        answer.completeExceptionally(e);
      }
    });
    return answer;
  }

  /** Ends the generation with what was committed. */
  void cancel(Generation generation) {
    execute(() -> finish(scheduler.cancel(generation.id, System.nanoTime())));
  }

  /** Ends a generation whose caller was refused, if it was admitted at all; nothing of it is kept. */
  void abandon(Generation generation) {
    execute(() -> {
      if (generations.remove(generation.id) != null) {
        finish(scheduler.cancel(generation.id, System.nanoTime()));
        drop(generation, new ServiceError.Cancelled("the caller was refused"));
      }
    });
  }

  /** Ends the generation with its first {@code kept} tokens. */
  void endAt(Generation generation, int kept) {
    execute(() -> finish(scheduler.endAt(generation.id, kept, System.nanoTime())));
  }

  /** Every rank holds the embedding, and session state too. */
  void embeddingReady(EmbeddingKey key) {
    execute(() -> scheduler.embeddingReady(key));
  }

  /**
   * Asks for the lease under a higher epoch, and opens the replica anew: what runs starts over. For a generation whose
   * log was written or claimed under an epoch that is higher than ours.
   */
  void raiseEpoch(long above) {
    execute(() -> {
      if (view.owned() && view.epoch() <= above) {
        epochWanted.accept(above);
      }
    });
  }

  /** Brings an embedding from session state to the ranks; generations that wait for it go on, or fail if it is gone. */
  void pushEmbedding(EmbeddingKey key) {
    background.execute(() -> {
      try {
        if (pusher.push(key)) {
          embeddingReady(key);
        } else {
          execute(() -> handle(scheduler.embeddingFailed(key)));
        }
      } catch (RuntimeException e) {
        log.warn("an embedding cannot be brought to the ranks of {}: {}", settings.replica().id(),
            ServiceError.from(e).code());
        execute(() -> handle(scheduler.embeddingFailed(key)));
      }
    });
  }

  /** Refuses further generations and waits for those there are, at most so long; false when some have not ended. */
  boolean drain(Duration grace) throws InterruptedException {
    draining = true;
    long end = System.nanoTime() + grace.toNanos();
    while (!unended.isEmpty() && System.nanoTime() < end) {
      Thread.sleep(10);
    }
    return unended.isEmpty();
  }

  /** Stops at once; generations under way fail as unavailable and can be resumed elsewhere. */
  @Override
  public void close() {
    draining = true;
    execute(() -> {
      giveUp();
      closed = true;
    });
    try {
      thread.join(Duration.ofSeconds(5));
      background.shutdown();
      if (!background.awaitTermination(5, TimeUnit.SECONDS)) {
        background.shutdownNow();
      }
    } catch (InterruptedException e) {
      background.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private void execute(Runnable message) {
    mailbox.add(message);
  }

  // ---- the owner's thread

  private void run() {
    while (!closed) {
      try {
        boolean waiting = stats.queued() > 0 || stats.running() > 0 || reopenPending || !view.serving();
        Runnable message = mailbox.poll((waiting ? TICK : IDLE_TICK).toMillis(), TimeUnit.MILLISECONDS);
        while (message != null) {
          message.run();
          message = mailbox.poll();
        }
        advance();
      } catch (InterruptedException e) {
        log.warn("{} was interrupted and stops", Thread.currentThread().getName());
        giveUp();
        closed = true;
      } catch (RuntimeException e) {
        // The core's accounts may be wrong now: start over with empty ones rather than go on.
        log.error("scheduler of {} failed: {} at {}", settings.replica().id(), e.getClass().getName(),
            e.getStackTrace().length == 0 ? "?" : e.getStackTrace()[0]);
        boolean owned = view.owned();
        giveUp();
        if (owned) {
          view = new View(true, false, System.nanoTime(), view.epoch(), null);
          reopenLater();
        }
      }
    }
    for (Runnable message = mailbox.poll(); message != null; message = mailbox.poll()) {
      message.run();
    }
  }

  private void advance() {
    long now = System.nanoTime();
    driver.check(now);
    handle(scheduler.expire(now));
    gossip.tick(scheduler, now, reports -> scheduler.merge(reports));
    if (!generations.isEmpty() && view.down(now) && elsewhere.getAsBoolean()) {
      log.warn("the ranks of {} are away: {} generations go to another replica", settings.replica().id(),
          generations.size());
      dropAll("the ranks of " + settings.replica().id() + " are away");
      // The core is empty now: nobody is admitted before the ranks have opened again.
      view = new View(true, false, view.since(), view.epoch(), null);
    }
    if (reopenPending && now - reopenAt >= 0) {
      reopenPending = false;
      epochWanted.accept(0);
    }
    while (view.serving() && scheduler.stepsInFlight() < PIPELINE && !committer.congested()) {
      Optional<StepPlan> plan = scheduler.schedule(now);
      if (plan.isEmpty()) {
        break;
      }
      metrics.planned(plan.get());
      driver.send(plan.get(), scheduler.predictedStep(), now);
    }
    stats = scheduler.stats();
  }

  private AdmitResult admitNow(Generation generation, GenerationRequest request) {
    if (draining || !view.owned() || view.shape() == null) {
      throw new ServiceError.Unavailable("replica " + settings.replica().id() + " is "
          + (draining ? "stopping" : view.owned() ? "starting" : "owned by another scheduler")).toException();
    }
    AdmitResult result = scheduler.admit(request, System.nanoTime());
    if (result instanceof AdmitResult.Accepted accepted) {
      generation.id = accepted.id();
      generation.logged = request.committed().length;
      generations.put(accepted.id(), generation);
      unended.add(generation);
      metrics.admitted(request.tenant(), request.prompt().length());
    }
    return result;
  }

  private void finish(Optional<SchedulerEvent> ended) {
    ended.ifPresent(event -> handle(List.of(event)));
  }

  private void handle(List<SchedulerEvent> events) {
    for (SchedulerEvent event : events) {
      switch (event) {
        case SchedulerEvent.Token token -> {
          Generation generation = generations.get(token.generation());
          if (generation != null) {
            generation.add(token.token());
            TokenChances chances = token.chances();
            if (chances != null) {
              generation.tape.note(token.index(), SamplingWire.of(chances));
            }
            committer.touch(generation);
          }
        }
        case SchedulerEvent.Finished done ->
          end(done.generation(), new Generation.End.Answered(done.reason(), done.outcome()));
        case SchedulerEvent.Failed failed ->
          end(failed.generation(), new Generation.End.Broken(error(failed.cause())));
        case SchedulerEvent.EmbeddingLost lost -> pushEmbedding(lost.key());
      }
    }
    if (!events.isEmpty()) {
      committer.flush();
    }
  }

  private void end(long id, Generation.End end) {
    Generation generation = generations.remove(id);
    if (generation != null) {
      generation.end = end;
      committer.touch(generation);
    }
  }

  /** The tenant was erased: its answers end, and what they have computed is not used again. */
  private void forget(TenantId tenant) {
    for (Generation generation : List.copyOf(generations.values())) {
      if (generation.key.tenant().equals(tenant)) {
        generations.remove(generation.id);
        finish(scheduler.cancel(generation.id, System.nanoTime()));
        drop(generation, ServiceFailures.of(new TenantErasedException(tenant)));
      }
    }
    scheduler.forget(tenant);
  }

  private static ServiceError error(SchedulerEvent.Cause cause) {
    return switch (cause) {
      case SchedulerEvent.Cause.EmbeddingOverdue overdue -> new ServiceError.DeadlineExceeded(
          "an image's embedding did not come within " + overdue.limit());
      case SchedulerEvent.Cause.TimeOver over ->
        new ServiceError.DeadlineExceeded("the answer was not complete within " + over.timeout());
      case SchedulerEvent.Cause.EmbeddingGone _ ->
        new ServiceError.Unavailable("an image's embedding was lost: send the image again");
      case SchedulerEvent.Cause.TooManyRestarts restarts ->
        new ServiceError.Unavailable("the replica failed more than " + restarts.limit() + " times during the answer");
      case SchedulerEvent.Cause.NoRoom room -> new ServiceError.ContextTooLong(room.needed(), room.limit());
    };
  }

  private void giveUp() {
    driver.close();
    reopenPending = false;
    view = View.STANDBY;
    dropAll("replica " + settings.replica().id() + " is no longer driven by this scheduler");
  }

  /** Readers ask again, here or elsewhere; what was committed is in the log. */
  private void dropAll(String reason) {
    ServiceError error = new ServiceError.Unavailable(reason);
    List<Generation> all = new ArrayList<>(generations.values());
    generations.clear();
    all.forEach(generation -> drop(generation, error));
    scheduler = new Scheduler(settings.limits(), settings.policy());
    gossip.reset();
    stats = scheduler.stats();
  }

  private void drop(Generation generation, ServiceError error) {
    committer.forget(generation);
    generation.end = new Generation.End.Broken(error);
    close(generation, error);
  }

  private void close(Generation generation, ServiceError error) {
    generation.release();
    unended.remove(generation);
    metrics.finished(generation.key.tenant(), error.code());
    generation.tape.fail(error);
  }

  private void reopenLater() {
    reopenPending = true;
    reopenAt = System.nanoTime() + reopenPause.toNanos();
    reopenPause = reopenPause.multipliedBy(2).compareTo(LAST_REOPEN) > 0 ? LAST_REOPEN : reopenPause.multipliedBy(2);
  }

  /** Writes the session before the reader learns of the end, so that a follow-up finds it. */
  private void keep(Generation generation, Generation.End.Answered answered) {
    background.execute(() -> {
      try {
        turns.write(generation.turn(), answered.outcome().known().runs());
        generation.release();
        unended.remove(generation);
        metrics.finished(generation.key.tenant(), answered.reason().name());
        generation.tape.complete(Wire.finished(answered.ending()));
      } catch (RuntimeException e) {
        ServiceError error = ServiceFailures.of(e);
        log.warn("the session of generation {} cannot be kept: {}", generation.key.id(), error.code());
        close(generation, error);
      }
    });
  }

  private final class Ranks implements ReplicaDriver.Listener {
    @Override
    public void opened(long epoch, ReplicaDriver.Shape shape) {
      log.info("replica {} serves epoch {}: {} positions, context {}", settings.replica().id(), epoch,
          shape.arenaTokens(), shape.maxContext());
      reopenPause = FIRST_REOPEN;
      view = new View(true, true, System.nanoTime(), epoch, shape);
      handle(scheduler.open(epoch, shape.arenaTokens(), shape.maxContext(), System.nanoTime()));
    }

    @Override
    public void executed(StepResult result) {
      metrics.executed(result.elapsed());
      handle(scheduler.apply(result, System.nanoTime()));
    }

    @Override
    public void down(String reason) {
      log.warn("replica {} is down: {}", settings.replica().id(), reason);
      metrics.reset();
      scheduler.rankLost();
      view = new View(true, false, view.serving() ? System.nanoTime() : view.since(), view.epoch(), view.shape());
      reopenLater();
    }
  }

  private final class Commits implements Committer.Sink {
    @Override
    public void committed(Generation generation, int[] tokens) {
      metrics.committed(generation.key.tenant(), tokens.length);
      generation.tape.commit(tokens);
    }

    @Override
    public void ended(Generation generation) {
      if (!unended.contains(generation)) {
        return;
      }
      switch (generation.end) {
        case Generation.End.Answered answered -> keep(generation, answered);
        case Generation.End.Broken broken -> close(generation, broken.error());
        case null -> throw new IllegalStateException("generation " + generation.key.id() + " has not ended");
      }
    }

    @Override
    public void refused(Generation generation, ServiceError error) {
      log.warn("the token log refuses generation {}: {}", generation.key.id(), error.message());
      if (generations.remove(generation.id) != null) {
        finish(scheduler.cancel(generation.id, System.nanoTime()));
      }
      drop(generation, error);
    }
  }
}

package org.clarion.llm.exec;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import org.clarion.engine.collective.CollectiveException;
import org.clarion.llm.core.Plan;
import org.clarion.llm.core.SequenceTable;
import org.clarion.rpc.ProgressMonitor;
import org.clarion.rpc.ServiceError;
import org.clarion.rpc.ServiceException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine thread of a rank. Plans wait in a queue, so that the next one is there when a step ends; the engine, its
 * arena and the sequences belong to the thread alone.
 *
 * <p>
 * One {@link ReplicaCall} is current at a time. A call with a higher epoch, or a later one with the same, takes the
 * place of the current one: that ends with {@code stale_epoch}, its waiting plans are skipped, a wait for peers is
 * broken off, and the sequences are forgotten. A failed step ends the current call; the owner has to open again, and
 * the group forms anew.
 *
 * <p>
 * {@link #open}, {@link #submit}, {@link #finish} and {@link #cancel} may be called by any thread and do not block.
 */
public final class StepExecutor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StepExecutor.class);
  /** Commands that may wait when another opening is taken: each call has at most a few plans under way. */
  private static final int MAX_WAITING_AT_OPEN = 32;
  private static final Duration STOP = Duration.ofSeconds(30);

  /**
   * What an executor is made of.
   *
   * @param collective
   *          the one that the engine was given
   * @param engine
   *          loads the engine; called once, on the executor's thread
   * @param hidden
   *          width of an embedding's rows
   * @param maxSequences
   *          most sequences known at a time
   * @param planDepth
   *          most plans of one call that wait or run
   */
  public record Parts(CurrentCollective collective, Supplier<? extends StepEngine> engine, Embeddings embeddings,
      int hidden, int maxSequences, int planDepth, ProgressMonitor progress, StepMetrics metrics) {}

  private sealed interface Command {
    record Open(ReplicaCall call) implements Command {}

    record Run(ReplicaCall call, Plan plan) implements Command {}

    record Finish(ReplicaCall call) implements Command {}

    record Forget(ReplicaCall call) implements Command {}

    record Stop() implements Command {}
  }

  private final Parts parts;
  private final Thread thread;
  private final BlockingQueue<Command> commands = new LinkedBlockingQueue<>();
  private final CompletableFuture<Void> loaded = new CompletableFuture<>();
  private final Object lock = new Object();
  /** Written under the lock; read without it where an old value does no harm. */
  private volatile @Nullable ReplicaCall current;
  private long highestEpoch;
  private int pending;
  private boolean closed;
  /** The engine's thread alone: nanoseconds without a command since the last plan ran. */
  private long waited;

  private StepExecutor(Parts parts) {
    this.parts = parts;
    this.thread = Thread.ofPlatform().name("llm-rank-" + parts.collective().rank()).daemon(true).unstarted(this::run);
  }

  /** Starts the thread and waits until the engine is loaded; throws what loading threw. */
  public static StepExecutor start(Parts parts) {
    StepExecutor executor = new StepExecutor(parts);
    executor.thread.start();
    try {
      executor.loaded.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
    return executor;
  }

  /** Whether the thread lives and, having work, gets on with it. */
  public boolean healthy() {
    return thread.isAlive() && parts.progress().healthy();
  }

  /**
   * Makes a call the current one.
   *
   * @throws ServiceException
   *           {@code stale_epoch} when a higher epoch was seen, {@code overloaded} when too much waits
   */
  public void open(ReplicaCall call) {
    ReplicaCall replaced;
    synchronized (lock) {
      checkRunning();
      if (Long.compareUnsigned(call.epoch(), highestEpoch) < 0) {
        throw new ServiceError.StaleEpoch(call.epoch(), highestEpoch).toException();
      }
      if (commands.size() > MAX_WAITING_AT_OPEN) {
        throw new ServiceError.Overloaded("the rank has " + commands.size() + " commands waiting",
            Duration.ofSeconds(1)).toException();
      }
      replaced = current;
      current = call;
      highestEpoch = call.epoch();
      pending = 0;
      parts.collective().abort();
      enqueue(new Command.Open(call));
    }
    if (replaced != null) {
      replaced.fail(new ServiceError.StaleEpoch(replaced.epoch(), call.epoch()));
    }
  }

  /**
   * Appends a plan of the current call; a call that is no longer current is not heard.
   *
   * @throws ServiceException
   *           when the plan's epoch is not the call's, or more plans wait than allowed
   */
  public void submit(ReplicaCall call, Plan plan) {
    synchronized (lock) {
      if (!call.equals(current)) {
        return;
      }
      if (plan.epoch() != call.epoch()) {
        throw new ServiceError.StaleEpoch(plan.epoch(), call.epoch()).toException();
      }
      if (pending >= parts.planDepth()) {
        throw new ServiceError.FailedPrecondition(
            "step " + plan.step() + " came while " + pending + " plans wait, the most allowed").toException();
      }
      pending++;
      enqueue(new Command.Run(call, plan));
    }
  }

  /** The owner sends no more plans: the call ends after those that wait. */
  public void finish(ReplicaCall call) {
    synchronized (lock) {
      if (call.equals(current)) {
        enqueue(new Command.Finish(call));
      }
    }
  }

  /** The call is gone: whatever it had is freed, a running step is left alone but not answered. */
  public void cancel(ReplicaCall call) {
    synchronized (lock) {
      if (call.equals(current)) {
        current = null;
        parts.collective().abort();
        enqueue(new Command.Forget(call));
      }
    }
  }

  /** Ends the current call and waits for the running step: the process must not end inside the engine. */
  @Override
  public void close() {
    ReplicaCall ended;
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
      ended = current;
      current = null;
      parts.collective().abort();
      enqueue(new Command.Stop());
    }
    if (ended != null) {
      ended.fail(new ServiceError.Unavailable("the rank stops"));
    }
    try {
      if (!thread.join(STOP)) {
        log.warn("{} did not end within {}", thread.getName(), STOP);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void checkRunning() {
    if (closed || !thread.isAlive()) {
      throw new ServiceError.Unavailable("the rank has stopped").toException();
    }
  }

  private void enqueue(Command command) {
    parts.progress().begin();
    commands.add(command);
  }

  private boolean isCurrent(ReplicaCall call) {
    return call.equals(current);
  }

  private void run() {
    StepEngine engine;
    try {
      engine = parts.engine().get();
    } catch (RuntimeException | Error e) {
      loaded.completeExceptionally(e);
      return;
    }
    SequenceTable sequences = new SequenceTable(parts.maxSequences(), parts.embeddings());
    try (engine) {
      StepRunner runner = new StepRunner(engine, parts, sequences);
      loaded.complete(null);
      boolean more = true;
      while (more) {
        Command command = commands.poll();
        if (command == null) {
          long empty = System.nanoTime();
          command = commands.take();
          waited += System.nanoTime() - empty;
        }
        try {
          more = execute(command, runner, sequences);
        } finally {
          parts.progress().end();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      sequences.clear();
    }
  }

  private boolean execute(Command command, StepRunner runner, SequenceTable sequences) {
    switch (command) {
      case Command.Open(ReplicaCall call) -> guarded(call, sequences, () -> {
        sequences.clear();
        parts.collective().form(call.replica(), call.epoch(), () -> isCurrent(call));
        log.info("replica {} opened with epoch {} as rank {} of {}", call.replica(),
            Long.toUnsignedString(call.epoch()), parts.collective().rank(), parts.collective().size());
      });
      case Command.Run(ReplicaCall call, Plan plan) -> guarded(call, sequences, () -> {
        StepOutcome outcome = runner.run(plan);
        parts.metrics().ran(plan, outcome, waited);
        waited = 0;
        synchronized (lock) {
          pending -= call.equals(current) ? 1 : 0;
        }
        call.answer(outcome);
      });
      case Command.Finish(ReplicaCall call) -> guarded(call, sequences, () -> {
        call.complete();
        endIfCurrent(call);
        sequences.clear();
      });
      case Command.Forget _ -> sequences.clear();
      case Command.Stop _ -> {
        return false;
      }
    }
    return true;
  }

  /** Does the work of a call that is still current; a failure ends the call, and its sequences are forgotten. */
  private void guarded(ReplicaCall call, SequenceTable sequences, Runnable work) {
    if (!isCurrent(call)) {
      return;
    }
    try {
      work.run();
    } catch (RuntimeException | Error failure) {
      sequences.clear();
      // A call that was taken away while it ran failed for that reason; nobody waits for its answer.
      if (endIfCurrent(call)) {
        parts.metrics().failed();
        call.fail(meaning(failure));
      }
      if (failure instanceof Error error) {
        // The engine's state is unknown: the thread ends, and with it the rank's health.
        throw error;
      }
    }
  }

  private boolean endIfCurrent(ReplicaCall call) {
    synchronized (lock) {
      if (!call.equals(current)) {
        return false;
      }
      current = null;
      parts.collective().abort();
      return true;
    }
  }

  private ServiceError meaning(Throwable failure) {
    return switch (failure) {
      case ServiceException e -> e.error();
      case CollectiveException e -> {
        log.warn("the group of rank {} failed: {}", parts.collective().rank(), e.getMessage());
        yield new ServiceError.Unavailable("the ranks lost each other: " + e.getMessage());
      }
      case IllegalArgumentException e -> new ServiceError.InvalidArgument(String.valueOf(e.getMessage()));
      default -> {
        log.error("a step of rank {} failed", parts.collective().rank(), failure);
        yield new ServiceError.Internal("the step failed (" + failure.getClass().getSimpleName() + ")");
      }
    };
  }
}

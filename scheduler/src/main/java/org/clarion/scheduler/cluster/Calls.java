package org.clarion.scheduler.cluster;

import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.core.IndeterminateOperationStateException;
import com.hazelcast.core.OperationTimeoutException;
import com.hazelcast.spi.exception.RetryableException;
import com.hazelcast.splitbrainprotection.SplitBrainProtectionException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.clarion.scheduler.api.ClusterUnavailableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls to Hazelcast: each with a deadline, repeated when a member was lost meanwhile, its failures told in the words
 * of the interfaces. Every call made through here must be harmless to repeat. Results come on virtual threads, so that
 * no continuation holds one of Hazelcast's.
 */
final class Calls {
  private static final Logger LOG = LoggerFactory.getLogger(Calls.class);
  private static final int ATTEMPTS = 5;
  private static final long PAUSE_MILLIS = 50;

  private final Duration deadline;
  private final Executor executor = Executors
      .newThreadPerTaskExecutor(Thread.ofVirtual().name("cluster-", 0).factory());

  Calls(Duration deadline) {
    this.deadline = deadline;
  }

  /** Starts a call; the stage completes within the deadline. */
  <T extends @Nullable Object> CompletableFuture<T> start(String what, Supplier<? extends CompletionStage<T>> call) {
    CompletableFuture<T> result = new CompletableFuture<>();
    CompletableFuture<T> timed = result.orTimeout(deadline.toMillis(), TimeUnit.MILLISECONDS);
    attempt(call, result, 1);
    CompletableFuture<T> told = new CompletableFuture<>();
    // A value comes on a thread of ours already; the end of the deadline does not.
    var _ = timed.whenComplete((value, failure) -> {
      if (failure == null) {
        told.complete(value);
      } else {
        executor.execute(() -> told.completeExceptionally(translate(what, failure)));
      }
    });
    return told;
  }

  /** Makes a call and waits for its answer, at most for the deadline. */
  <T extends @Nullable Object> T make(String what, Supplier<? extends CompletionStage<T>> call) {
    CompletableFuture<T> started = start(what, call);
    try {
      return started.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterUnavailableException(what + ": interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(what, e);
    }
  }

  /** A call that Hazelcast offers only in blocking form; its own operation timeout bounds it. */
  <T> T blocking(String what, Supplier<T> call) {
    return make(what, () -> CompletableFuture.supplyAsync(call, executor));
  }

  /** The same without waiting for it. */
  <T> CompletableFuture<T> startBlocking(String what, Supplier<T> call) {
    return start(what, () -> CompletableFuture.supplyAsync(call, executor));
  }

  /** Virtual threads, for continuations that may block. */
  Executor executor() {
    return executor;
  }

  /** Runs something that may block and whose failure harms nobody. */
  void background(Runnable call) {
    executor.execute(() -> {
      try {
        call.run();
      } catch (HazelcastException e) {
        LOG.debug("a call in the background failed", e);
      }
    });
  }

  private <T extends @Nullable Object> void attempt(Supplier<? extends CompletionStage<T>> call,
      CompletableFuture<T> result, int number) {
    CompletionStage<T> stage;
    try {
      stage = call.get();
    } catch (RuntimeException e) {
      result.completeExceptionally(e);
      return;
    }
    stage.whenCompleteAsync((value, failure) -> {
      if (failure == null) {
        result.complete(value);
      } else if (number < ATTEMPTS && isRepeatable(unwrap(failure)) && !result.isDone()) {
        CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS, executor)
            .execute(() -> attempt(call, result, number + 1));
      } else {
        result.completeExceptionally(unwrap(failure));
      }
    }, executor);
  }

  private static boolean isRepeatable(Throwable failure) {
    return failure instanceof IndeterminateOperationStateException || failure instanceof RetryableException;
  }

  private RuntimeException translate(String what, Throwable failure) {
    Throwable cause = unwrap(failure);
    return switch (cause) {
      case TimeoutException e -> new ClusterUnavailableException(what + ": no answer within " + deadline, e);
      case OperationTimeoutException e -> new ClusterUnavailableException(what + ": no answer in time", e);
      case SplitBrainProtectionException e -> new ClusterUnavailableException(what + ": too few members", e);
      case HazelcastInstanceNotActiveException e -> new ClusterUnavailableException(what + ": has left", e);
      case RuntimeException e when isRepeatable(e) -> new ClusterUnavailableException(what + ": members were lost", e);
      case RuntimeException e -> e;
      default -> new IllegalStateException(what, cause);
    };
  }

  private static Throwable unwrap(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}

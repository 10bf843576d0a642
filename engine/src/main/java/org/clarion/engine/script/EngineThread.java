package org.clarion.engine.script;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A named platform thread that owns modules: they are loaded, called and closed by tasks on it, one after the other.
 * The mailbox is bounded; a full one refuses. Thread-safe.
 */
public final class EngineThread implements AutoCloseable {
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(20);

  private final String name;
  private final int capacity;
  private final ThreadPoolExecutor executor;

  private EngineThread(String name, int capacity) {
    this.name = name;
    this.capacity = capacity;
    this.executor = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(capacity),
        Thread.ofPlatform().name(name).daemon(true).factory());
  }

  /**
   * Starts a thread.
   *
   * @param name
   *          as it shows in thread dumps
   * @param capacity
   *          tasks that may wait while one runs
   */
  public static EngineThread start(String name, int capacity) {
    EngineThread thread = new EngineThread(name, capacity);
    Libtorch.add(thread);
    return thread;
  }

  /**
   * Queues a task.
   *
   * @return completed on the engine thread: what is chained to it without an executor runs there too and delays the
   *         next task. Cancelling it does not stop a task that runs.
   * @throws RejectedExecutionException
   *           when the mailbox is full or the thread is closed
   */
  public <T> CompletableFuture<T> submit(Callable<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    try {
      executor.execute(() -> {
        if (result.isDone()) {
          return;
        }
        try {
          result.complete(task.call());
        } catch (Throwable e) {
          result.completeExceptionally(e);
        }
      });
    } catch (RejectedExecutionException e) {
      throw new RejectedExecutionException(executor.isShutdown()
          ? name + " is closed"
          : name + " has " + capacity + " tasks waiting already", e);
    }
    return result;
  }

  /** Tasks that wait. */
  public int waiting() {
    return executor.getQueue().size();
  }

  /**
   * Refuses new tasks, finishes those queued and waits for them, at most 20 s. Idempotent; not to be called on the
   * engine thread itself.
   */
  @Override
  public void close() {
    executor.shutdown();
    try {
      if (executor.awaitTermination(CLOSE_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        Libtorch.remove(this);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

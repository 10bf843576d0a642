package org.clarion.rpc;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A task that any thread may ask for and that one thread at a time runs: whoever asks while it runs leaves at once, and
 * the task runs once more afterwards. For writing to observers, which are not thread-safe, without a lock.
 */
public final class SerialTask {
  private final Runnable task;
  private final AtomicInteger asked = new AtomicInteger();

  /** A task that takes everything that is there when it runs; it must not throw. */
  public SerialTask(Runnable task) {
    this.task = task;
  }

  /** Sees to it that the task runs after this call began, on this thread or on the one that runs it already. */
  public void run() {
    if (asked.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      task.run();
      seen = asked.addAndGet(-seen);
    } while (seen != 0);
  }
}

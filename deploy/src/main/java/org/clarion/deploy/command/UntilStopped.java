package org.clarion.deploy.command;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a command that serves end well: Ctrl-C (or SIGTERM) interrupts its thread, and the JVM waits while that thread
 * closes what it opened. All opening and closing thus stays on one thread.
 */
final class UntilStopped {
  private static final long GRACE_SECONDS = 25;

  private static volatile boolean stopping;

  private UntilStopped() {}

  /** Whether the process was asked to stop. */
  static boolean stopping() {
    return stopping;
  }

  /** Runs the body, interrupted when the process is asked to stop. */
  static int run(Callable<Integer> body) throws Exception {
    Thread self = Thread.currentThread();
    CountDownLatch done = new CountDownLatch(1);
    Thread hook = Thread.ofPlatform().name("stop").unstarted(() -> {
      stopping = true;
      self.interrupt();
      try {
        done.await(GRACE_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return body.call();
    } finally {
      done.countDown();
      remove(hook);
    }
  }

  /** Waits until the process is asked to stop. */
  static void await() throws InterruptedException {
    new CountDownLatch(1).await();
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending already and the hook runs.
    }
  }
}

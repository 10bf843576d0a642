package org.clarion.deploy.process;

import java.io.IOException;
import java.io.InputStream;

/**
 * Ends a child when its parent is gone, however that came about: the parent holds the other end of standard input and
 * never writes to it, so that reading ends exactly when the parent does.
 */
public final class ParentWatch {
  private ParentWatch() {}

  /** Runs {@code ended} on a thread of its own when standard input ends. */
  public static void start(InputStream input, Runnable ended) {
    Thread.ofPlatform().daemon().name("parent-watch").start(() -> {
      try {
        while (input.read() >= 0) {
          // What the parent might say means nothing.
        }
      } catch (IOException e) {
        // A broken pipe says the same as a closed one.
      }
      ended.run();
    });
  }
}

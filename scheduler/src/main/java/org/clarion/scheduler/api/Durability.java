package org.clarion.scheduler.api;

import java.time.Duration;

/** Whether what is stored outlives all members. Thread-safe. */
public interface Durability {
  /** Of state that is in memory only. */
  Durability NONE = new Durability() {
    @Override
    public boolean durable() {
      return false;
    }

    @Override
    public Duration behind() {
      return Duration.ZERO;
    }

    @Override
    public int pending() {
      return 0;
    }

    @Override
    public boolean exhausted() {
      return false;
    }
  };

  /** Whether anything is saved at all. */
  boolean durable();

  /** For how long nothing could be saved; zero while all is well. */
  Duration behind();

  /** Entries that wait to be saved. */
  int pending();

  /** Whether so much waits, or for so long, that no new session should begin. */
  boolean exhausted();
}

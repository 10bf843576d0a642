package org.clarion.engine.bench;

/** Told what is being done now, on the caller's thread. */
@FunctionalInterface
public interface BenchProgress {
  /** The next thing begins. */
  void at(String what);
}

package org.clarion.engine.parity;

import java.nio.file.Path;

/** One topic of golden values and the code that recomputes it. */
public interface ParitySet {
  /** Name, unique in a suite. */
  String name();

  /**
   * Recomputes and compares. Blocks for seconds; errors of the code under test become a {@link ParityStatus#FAIL}.
   *
   * @param fixtures
   *          the folder of all fixtures
   */
  ParityResult check(Path fixtures);

  /** A set that this build does not implement. */
  static ParitySet unsupported(String name, String reason) {
    return new ParitySet() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public ParityResult check(Path fixtures) {
        return ParityResult.unsupported(name, reason);
      }
    };
  }
}

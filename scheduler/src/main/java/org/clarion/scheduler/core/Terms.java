package org.clarion.scheduler.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Under which terms a generation is wanted.
 *
 * @param timeout
 *          from admission to the last token, after which nobody wants it any more; null without end
 */
public record Terms(ClinicalClass clinicalClass, @Nullable Duration timeout) {
  /** Routine, without end. */
  public static final Terms ROUTINE = new Terms(ClinicalClass.ROUTINE, null);

  public Terms {
    if (timeout != null && !timeout.isPositive()) {
      throw new IllegalArgumentException("timeout " + timeout + " is not positive");
    }
  }
}

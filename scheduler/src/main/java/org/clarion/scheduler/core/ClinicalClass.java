package org.clarion.scheduler.core;

/** How soon a generation is needed, as the clinic says; {@link SchedulerPolicy} says what follows. */
public enum ClinicalClass {
  /** Somebody is treated meanwhile: comes first, within its quota. */
  STAT,
  /** Somebody waits for the answer. */
  ROUTINE,
  /** Nobody waits: work for the night. */
  BATCH
}

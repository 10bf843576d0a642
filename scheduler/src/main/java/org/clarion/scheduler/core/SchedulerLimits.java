package org.clarion.scheduler.core;

import java.time.Duration;

/**
 * What a scheduler may grant.
 *
 * @param tokenBudget
 *          positions per step, decodes and prefill together; more than {@code maxRows}, so that prefill always advances
 * @param chunk
 *          prefill positions per sequence and step
 * @param maxRows
 *          sequences that run at a time
 * @param queue
 *          generations that wait for their start, all tenants together
 * @param tenantQueue
 *          of these, at most so many of one tenant, and no more than places are left, STAT excepted
 * @param sizeClass
 *          extents are multiples of it, so that equal requests lie equally spaced; ranks want a multiple of 16
 * @param embeddingWait
 *          how long a generation waits for an image's embedding
 */
public record SchedulerLimits(int tokenBudget, int chunk, int maxRows, int queue, int tenantQueue, int sizeClass,
    Duration embeddingWait) {
  public SchedulerLimits {
    if (maxRows < 1 || tokenBudget <= maxRows) {
      throw new IllegalArgumentException(
          "token budget " + tokenBudget + " must be greater than the " + maxRows + " rows, which are at least 1");
    }
    if (chunk < 1 || queue < 1 || tenantQueue < 1 || sizeClass < 1) {
      throw new IllegalArgumentException("chunk " + chunk + ", queue " + queue + ", tenant queue " + tenantQueue
          + " and size class " + sizeClass + " must be at least 1");
    }
    if (!embeddingWait.isPositive()) {
      throw new IllegalArgumentException("embedding wait " + embeddingWait + " is not positive");
    }
  }
}

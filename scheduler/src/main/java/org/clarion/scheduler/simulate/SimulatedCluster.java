package org.clarion.scheduler.simulate;

import java.time.Duration;
import java.util.Map;
import org.clarion.scheduler.core.ClinicalClass;
import org.clarion.scheduler.core.Router;
import org.clarion.scheduler.core.SchedulerLimits;
import org.clarion.scheduler.core.SchedulerPolicy;

/**
 * What is simulated.
 *
 * @param replicas
 *          each with a scheduler of its own
 * @param arenaTokens
 *          positions of a replica's arena
 * @param maxContext
 *          positions of one sequence
 * @param imageTokens
 *          positions of an image
 * @param goals
 *          what an answer must meet to count as good
 * @param seed
 *          of prompts and jitter
 */
public record SimulatedCluster(int replicas, int arenaTokens, int maxContext, int imageTokens, SchedulerLimits limits,
    SchedulerPolicy policy, Router router, StepCost cost, VisionCost vision, Map<ClinicalClass, Goal> goals,
    long seed) {
  /** A first token within, and every further one within on average. */
  public record Goal(Duration firstToken, Duration perToken) {}

  /** STAT after 2 s, routine after 5 s and five tokens a second; batch within ten minutes. */
  public static final Map<ClinicalClass, Goal> GOALS = Map.of(
      ClinicalClass.STAT, new Goal(Duration.ofSeconds(2), Duration.ofMillis(200)),
      ClinicalClass.ROUTINE, new Goal(Duration.ofSeconds(5), Duration.ofMillis(200)),
      ClinicalClass.BATCH, new Goal(Duration.ofMinutes(10), Duration.ofSeconds(2)));
  /** As a scheduler has them unless it is told otherwise. */
  public static final SchedulerLimits LIMITS = new SchedulerLimits(256, 128, 64, 256, 128, 32, Duration.ofSeconds(60));

  public SimulatedCluster {
    if (replicas < 1 || replicas > 100_000) {
      throw new IllegalArgumentException("replicas " + replicas + " is not in 1 to 100000");
    }
    if (imageTokens < 1 || arenaTokens < 1 || maxContext < 1) {
      throw new IllegalArgumentException("arena " + arenaTokens + ", context " + maxContext + " and image tokens "
          + imageTokens + " must be at least 1");
    }
    goals = Map.copyOf(goals);
  }
}

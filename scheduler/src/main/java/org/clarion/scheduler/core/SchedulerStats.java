package org.clarion.scheduler.core;

import java.time.Duration;
import java.util.Map;

/**
 * A scheduler at one moment.
 *
 * @param queued
 *          generations that have not started, those that wait for an embedding included
 * @param queuedPrompt
 *          positions of their prompts
 * @param queuedByClass
 *          the same for each clinical class
 * @param running
 *          sequences that hold a row
 * @param parked
 *          ended sequences whose keys and values are kept
 * @param arenaUsed
 *          positions in extents, parked ones included
 * @param preemptions
 *          sequences that lost what was computed with the ranks, since the start
 * @param displaced
 *          running sequences that lost their place to others for lack of memory, since the start
 * @param relocations
 *          follow-ups that computed everything anew because what was parked had to make room for them, since the start
 * @param evictions
 *          parked sequences dropped for room, since the start
 * @param moves
 *          extents moved for room, since the start
 * @param copiedPositions
 *          positions copied within the arena, by moves and for sequences that begin alike, since the start
 * @param retries
 *          rows that a rank asked to repeat, since the start
 * @param expired
 *          generations that ended at their own deadline, since the start
 * @param tokenBudget
 *          positions that the last step might have had, cut to the pace
 * @param predictedStep
 *          what the last planned step is predicted to take; zero as long as too few steps were seen
 * @param stepCost
 *          what the parts of a step take, as far as was seen
 * @param drafted
 *          drafts of answers' tokens that the ranks computed, since the start
 * @param accepted
 *          those of them that became part of an answer, since the start
 * @param draftGain
 *          tokens that recent drafts brought for each that could have been computed without them in the same time;
 *          below 1 nothing is drafted for a while
 */
public record SchedulerStats(int queued, long queuedPrompt, Map<ClinicalClass, Integer> queuedByClass, int running,
    int parked,
    int arenaUsed, int arenaCapacity, long preemptions, long displaced, long relocations, long evictions, long moves,
    long copiedPositions, long retries, long expired, int tokenBudget, Duration predictedStep,
    StepModel.Cost stepCost, long drafted, long accepted, double draftGain) {
  public SchedulerStats {
    queuedByClass = Map.copyOf(queuedByClass);
  }
}

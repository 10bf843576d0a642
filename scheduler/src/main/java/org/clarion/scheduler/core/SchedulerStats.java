package org.clarion.scheduler.core;

/**
 * A scheduler at one moment.
 *
 * @param queued
 *          generations that have not started, those that wait for an embedding included
 * @param running
 *          sequences that hold a row
 * @param parked
 *          ended sequences whose keys and values are kept
 * @param arenaUsed
 *          positions in extents, parked ones included
 * @param preemptions
 *          sequences that lost what was computed, since the start
 * @param relocations
 *          follow-ups that computed everything anew because their extent had no room to grow, since the start
 * @param evictions
 *          parked sequences dropped for room, since the start
 * @param retries
 *          rows that a rank asked to repeat, since the start
 */
public record SchedulerStats(int queued, int running, int parked, int arenaUsed, int arenaCapacity, long preemptions,
    long relocations, long evictions, long retries) {}

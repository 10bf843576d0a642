package org.clarion.training.evaluate.report;

/**
 * What was evaluated, for the head of a report.
 *
 * @param data
 *          where the cases are from
 * @param cases
 *          how many
 * @param badRows
 *          rows that could not be used
 * @param synthetic
 *          whether all cases were drawn by a generator
 */
public record Setting(String data, int cases, int badRows, boolean synthetic, long seed, int resamples) {}

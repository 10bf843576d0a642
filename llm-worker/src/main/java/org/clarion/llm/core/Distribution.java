package org.clarion.llm.core;

/**
 * The ids that may be chosen and their probabilities.
 *
 * @param ids
 *          ascending
 * @param probabilities
 *          of the ids, sum 1
 */
public record Distribution(int[] ids, double[] probabilities) {}

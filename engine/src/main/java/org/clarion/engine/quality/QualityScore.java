package org.clarion.engine.quality;

/**
 * How well a decoder predicts a text.
 *
 * @param perplexity
 *          e to the mean surprise, nats a token
 * @param agreement
 *          share of positions at which its likeliest token is the reference's
 * @param divergence
 *          mean Kullback-Leibler divergence of its distribution from the reference's, nats
 */
public record QualityScore(double perplexity, double agreement, double divergence) {}

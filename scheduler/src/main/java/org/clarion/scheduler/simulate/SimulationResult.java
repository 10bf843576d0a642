package org.clarion.scheduler.simulate;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.clarion.scheduler.core.ClinicalClass;

/**
 * What came of a simulation.
 *
 * @param end
 *          of the last answer, from the trace's start
 * @param clinics
 *          by number
 * @param firstTurns
 *          times to the first token of conversations' first answers
 * @param followUps
 *          of the further ones
 * @param samples
 *          in order of time, evenly spaced
 * @param busy
 *          for each replica the share of each interval between samples in which it executed steps
 * @param answers
 *          the first replica's, as many as are kept, in order of arrival
 */
public record SimulationResult(Trace trace, SimulatedCluster cluster, Duration end, Map<ClinicalClass, Group> classes,
    List<Group> clinics, Spread firstTurns, Spread followUps, Counts counts, List<Sample> samples,
    List<List<Double>> busy, List<Answer> answers) {
  /** So many of the first replica's answers are kept. */
  public static final int MOST_ANSWERS = 20_000;

  public SimulationResult {
    classes = Map.copyOf(classes);
    clinics = List.copyOf(clinics);
    samples = List.copyOf(samples);
    busy = List.copyOf(busy);
    answers = List.copyOf(answers);
  }

  /** A distribution, in milliseconds; all 0 when nothing was counted. */
  public record Spread(long count, double mean, double p50, double p95, double p99, double max) {}

  /**
   * A class's or a clinic's answers.
   *
   * @param refused
   *          at once, of the {@code asked}
   * @param failed
   *          later
   * @param good
   *          completed ones that met the goal of their class
   * @param cachedTokens
   *          of the prompts
   * @param firstToken
   *          from the question to the reader's first token, images included
   * @param interToken
   *          between the tokens that the reader sees
   */
  public record Group(String name, long asked, long refused, long failed, long completed, long good, long promptTokens,
      long cachedTokens, long newTokens, Spread firstToken, Spread interToken) {}

  /** All replicas together. */
  public record Counts(long steps, long preemptions, long evictions, long relocations) {}

  /**
   * One moment, all replicas together.
   *
   * @param at
   *          nanoseconds from the start
   * @param arena
   *          share of all arenas that is in use, parked sequences included
   * @param fullest
   *          the same of the replica that has most
   */
  public record Sample(long at, int queued, int running, int images, double arena, double fullest) {}

  /** An answer's life, in nanoseconds from the start; a refused one ends when it arrives. */
  public record Answer(int clinic, ClinicalClass clinical, long asked, long first, long ended, int tokens) {}

  /**
   * Jain's index of the shares of good answers among clinics that asked: 1 when all have the same share, 1/n when one
   * has all.
   */
  public double fairness() {
    double sum = 0;
    double squares = 0;
    int count = 0;
    for (Group clinic : clinics) {
      if (clinic.asked() > 0) {
        double share = (double) clinic.good() / clinic.asked();
        sum += share;
        squares += share * share;
        count++;
      }
    }
    return squares == 0 ? 0 : sum * sum / (count * squares);
  }
}

package org.clarion.deploy.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What became of all answers.
 *
 * @param seed
 *          that gives the same visits and the same faults again
 * @param rounds
 *          in order
 */
public record ChaosReport(long seed, List<Round> rounds) {
  public ChaosReport {
    rounds = List.copyOf(rounds);
  }

  /**
   * One fault and the answers that ran meanwhile.
   *
   * @param number
   *          from 1
   * @param struck
   *          the process or link
   * @param answers
   *          of all turns
   * @param settled
   *          whether nothing ran any more soon after the last answer
   */
  public record Round(int number, Fault fault, String struck, List<Judged> answers, boolean settled) {
    public Round {
      answers = List.copyOf(answers);
    }

    /** Whether nothing went wrong. */
    public boolean good() {
      return settled && answers.stream().allMatch(answer -> answer.verdict() == Verdict.WHOLE);
    }
  }

  /**
   * An answer and what it is.
   *
   * @param visit
   *          who asked
   * @param turn
   *          from 0
   * @param pause
   *          longest wait for an event
   * @param connections
   *          that it took
   * @param note
   *          code of the error, or empty
   */
  public record Judged(int visit, int turn, Verdict verdict, Duration pause, int connections, String note) {}

  /** Whether nothing went wrong at all. */
  public boolean good() {
    return rounds.stream().allMatch(Round::good);
  }

  /** Rounds of each fault. */
  public Map<Fault, List<Round>> byFault() {
    Map<Fault, List<Round>> by = new EnumMap<>(Fault.class);
    rounds.forEach(round -> by.computeIfAbsent(round.fault(), _ -> new ArrayList<>()).add(round));
    return by;
  }

  /** Answers of some rounds that are of a kind. */
  public static long count(List<Round> rounds, Verdict verdict) {
    return rounds.stream().flatMap(round -> round.answers().stream()).filter(answer -> answer.verdict() == verdict)
        .count();
  }

  /** The longest waits in answers of some rounds: so many of a hundred were not longer. */
  public static Duration pause(List<Round> rounds, int percentile) {
    List<Duration> pauses = rounds.stream().flatMap(round -> round.answers().stream()).map(Judged::pause).sorted()
        .toList();
    return pauses.isEmpty() ? Duration.ZERO : pauses.get(Math.min(pauses.size() - 1, pauses.size() * percentile / 100));
  }
}

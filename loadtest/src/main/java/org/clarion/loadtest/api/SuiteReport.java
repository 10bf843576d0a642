package org.clarion.loadtest.api;

import java.net.URI;
import java.util.List;

/**
 * What the standard workload found.
 *
 * @param base
 *          the server
 * @param model
 *          its model
 * @param cells
 *          in the order in which they were run
 */
public record SuiteReport(URI base, String model, List<Cell> cells) {
  public SuiteReport {
    cells = List.copyOf(cells);
  }

  /**
   * One workload and its repeats.
   *
   * @param streams
   *          requests that were sent at once
   * @param newTokens
   *          of each answer
   */
  public record Cell(String name, int streams, int newTokens, List<Run> runs) {
    public Cell {
      runs = List.copyOf(runs);
    }
  }

  /**
   * One repeat.
   *
   * @param newPerSecond
   *          new tokens of all answers a second, from the first request to the last answer
   * @param promptPerSecond
   *          prompt tokens a second until the last request has its first token
   * @param firstTokenMillis
   *          median time to the first token
   * @param perTokenMillis
   *          median time of a token after the first; 0 for answers of one token
   */
  public record Run(double newPerSecond, double promptPerSecond, double firstTokenMillis, double perTokenMillis) {}
}

package org.clarion.loadtest.app;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.clarion.loadtest.api.Arrivals;
import org.clarion.loadtest.api.LoadReport;
import org.clarion.loadtest.api.LoadSpec;
import org.clarion.loadtest.api.LoadSpec.Goal;
import org.clarion.loadtest.api.LoadSpec.Prompt;
import org.clarion.loadtest.api.Outcome;
import org.clarion.loadtest.api.SuiteReport;
import org.clarion.loadtest.api.SuiteReport.Cell;
import org.clarion.loadtest.api.SuiteReport.Run;
import org.jspecify.annotations.Nullable;

/**
 * The standard workload, by which servers are compared: 160-token prompts and 128 new tokens at 1, 8 and 32 requests at
 * a time, all sent at once, and one prompt of 1024 tokens with one new token. Completions, greedy, end tokens ignored,
 * every prompt different. Prompts are words; how many make so many tokens is found out from the server's own count.
 */
public final class Suite {
  private static final List<Integer> STREAMS = List.of(1, 8, 32);
  private static final int PROMPT = 160;
  private static final int NEW = 128;
  private static final int LONG_PROMPT = 1024;
  private static final int WARM_UP = 8;
  private static final int CORRECTIONS = 3;

  private final URI base;
  private final String model;
  private final @Nullable String key;
  private final long seed;
  private final Duration timeout;
  private final Progress progress;
  private long prompts;

  /** Told which cell begins. */
  @FunctionalInterface
  public interface Progress {
    /** For example {@code 8 streams, repeat 2 of 3}. */
    void at(String what);
  }

  /**
   * The suite for one model of one server.
   *
   * @param seed
   *          of the prompts
   * @param timeout
   *          of one request
   */
  public Suite(URI base, String model, @Nullable String key, long seed, Duration timeout, Progress progress) {
    this.base = base;
    this.model = model;
    this.key = key;
    this.seed = seed;
    this.timeout = timeout;
    this.progress = progress;
  }

  /**
   * Runs everything, one load after the other.
   *
   * @param repeats
   *          measurements of each cell, at least 1
   * @throws SuiteException
   *           when a request fails: what the server did then is not what the suite measures
   */
  public SuiteReport run(int repeats) throws InterruptedException {
    if (repeats < 1 || repeats > 1000) {
      throw new IllegalArgumentException("repeats is " + repeats + ", allowed is 1 to 1000");
    }
    progress.at("finding the length of prompts");
    int words = words(PROMPT);
    int many = words(LONG_PROMPT);
    load(2, words, WARM_UP);
    List<Cell> cells = new ArrayList<>();
    for (int streams : STREAMS) {
      cells.add(cell(streams + (streams == 1 ? " stream" : " streams"), streams, words, NEW, repeats));
    }
    cells.add(cell("prefill " + LONG_PROMPT, 1, many, 1, repeats));
    return new SuiteReport(base, model, cells);
  }

  private Cell cell(String name, int streams, int words, int newTokens, int repeats) throws InterruptedException {
    List<Run> runs = new ArrayList<>();
    for (int i = 1; i <= repeats; i++) {
      progress.at(name + ", repeat " + i + " of " + repeats);
      LoadReport report = load(streams, words, newTokens);
      runs.add(new Run(report.newTokensPerSecond(), report.promptTokens() / (report.firstToken().max() / 1e3),
          report.firstToken().p50(), report.perToken().count() == 0 ? 0 : report.perToken().p50()));
    }
    return new Cell(name, streams, newTokens, runs);
  }

  private LoadReport load(int streams, int words, int newTokens) throws InterruptedException {
    LoadReport report = new LoadGenerator(spec(streams, words, newTokens), (_, _, _) -> {
    }).run();
    if (report.failed() > 0) {
      throw new SuiteException(report.failed() + " of " + streams + " requests failed: " + report.errorExamples());
    }
    return report;
  }

  /** Words that make a prompt of so many tokens, by the server's count; as near as words come to it. */
  private int words(int tokens) throws InterruptedException {
    int words = tokens;
    for (int i = 0; i < CORRECTIONS; i++) {
      long counted = counted(words);
      if (counted == tokens || counted == 0) {
        return words;
      }
      words = (int) Math.max(1, words + tokens - counted);
    }
    return words;
  }

  private long counted(int words) throws InterruptedException {
    LoadSpec spec = spec(1, words, 1);
    try (StreamingClient client = new StreamingClient(spec)) {
      return switch (client.call(0, 0)) {
        case Outcome.Completed done -> done.promptTokens();
        case Outcome.Failed failed -> throw new SuiteException(failed.kind() + ": " + failed.detail());
      };
    }
  }

  private LoadSpec spec(int streams, int words, int newTokens) {
    // Another seed for each load: no prompt is sent twice.
    return new LoadSpec(base, LoadSpec.Api.COMPLETIONS, model, key, new Arrivals.Closed(streams, streams),
        new Prompt(words, null, null, null), newTokens, true, seed + 7919 * prompts++, timeout, Goal.NONE);
  }
}

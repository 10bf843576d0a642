package org.clarion.training.evaluate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.clarion.training.data.ReportCase;

/**
 * Asks a model about every picture of a data set.
 *
 * @param questions
 *          what is asked
 * @param repeats
 *          cases that are asked twice, drawn by {@code seed}
 */
public record Evaluation(Questions questions, int repeats, long seed) {
  /** Told how many questions have been answered, on the thread that runs. */
  @FunctionalInterface
  public interface Progress {
    /** So many of all. */
    void answered(int done, int all);
  }

  /**
   * Asks; blocks until the last answer.
   *
   * @throws RespondentException
   *           when none of the first batch is answered: the rest would fare no better
   */
  public Run run(Respondent model, List<ReportCase> cases, Progress progress) throws InterruptedException {
    List<Truth> truths = cases.stream().map(Truth::of).toList();
    List<Query> queries = IntStream.range(0, cases.size()).mapToObj(i -> new Query(cases.get(i).image(), questions
        .about(truths.get(i), i))).toList();
    List<Integer> again = again(cases.size());
    int all = cases.size() + again.size();
    List<Reply> replies = new ArrayList<>();
    while (replies.size() < queries.size()) {
      int end = Math.min(queries.size(), replies.size() + model.batch());
      List<Reply> some = model.ask(queries.subList(replies.size(), end));
      if (replies.isEmpty() && some.stream().allMatch(Reply.Failure.class::isInstance)) {
        throw new RespondentException(model.name() + " answered none of the first " + some.size() + " questions: "
            + some.stream().map(reply -> ((Reply.Failure) reply).reason()).findFirst().orElse("no reason"));
      }
      replies.addAll(some);
      progress.answered(replies.size(), all);
    }
    int repeated = 0;
    int same = 0;
    for (int i = 0; i < again.size(); i++) {
      int index = again.get(i);
      // Alone instead of among others, and after everything else: neither may change an answer.
      Reply second = model.ask(List.of(queries.get(index))).getFirst();
      if (second instanceof Reply.Answer two && replies.get(index) instanceof Reply.Answer one) {
        repeated++;
        same += one.text().equals(two.text()) ? 1 : 0;
      }
      progress.answered(cases.size() + i + 1, all);
    }
    return judged(model.name(), cases, truths, queries, replies, repeated, same);
  }

  private static Run judged(String model, List<ReportCase> cases, List<Truth> truths, List<Query> queries,
      List<Reply> replies, int repeated, int same) {
    List<CaseOutcome> outcomes = new ArrayList<>();
    List<Run.Failed> failures = new ArrayList<>();
    for (int i = 0; i < cases.size(); i++) {
      switch (replies.get(i)) {
        case Reply.Answer answer -> outcomes.add(CaseOutcome.of(cases.get(i), truths.get(i), queries.get(i).question(),
            answer));
        case Reply.Failure failure -> failures.add(new Run.Failed(cases.get(i).id(), failure.reason()));
      }
    }
    return new Run(model, outcomes, failures, repeated, same);
  }

  private List<Integer> again(int cases) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, cases).boxed().toList());
    Collections.shuffle(order, new Random(seed));
    return order.subList(0, Math.min(repeats, cases));
  }
}

package org.clarion.deploy.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.clarion.deploy.chaos.ChaosReport.Judged;
import org.clarion.deploy.chaos.ChaosReport.Round;

/** The report for people and for programs. */
public final class ChaosText {
  private static final int SHOWN = 20;

  private ChaosText() {}

  /** A line for each fault, then what went wrong. */
  public static String table(ChaosReport report) {
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%-16s %6s %8s %7s %7s %6s %6s %9s   %s%n", "FAULT", "ROUNDS", "ANSWERS",
        "WHOLE", "FAILED", "LOST", "WRONG", "UNSETTLED", "LONGEST PAUSE p50 / p99, s"));
    for (Map.Entry<Fault, List<Round>> entry : report.byFault().entrySet()) {
      text.append(line(entry.getKey().label(), entry.getValue()));
    }
    text.append(line("all", report.rounds()));
    List<Round> bad = report.rounds().stream().filter(round -> !round.good()).toList();
    bad.stream().limit(SHOWN).forEach(round -> text.append(sentence(round)).append(System.lineSeparator()));
    if (bad.size() > SHOWN) {
      text.append("and ").append(bad.size() - SHOWN).append(" more").append(System.lineSeparator());
    }
    text.append(report.good() ? "Nothing was lost, repeated or refused" : "NOT GOOD").append(" (seed ").append(report
        .seed()).append(")").append(System.lineSeparator());
    return text.toString();
  }

  private static String line(String name, List<Round> rounds) {
    return String.format(Locale.ROOT, "%-16s %6d %8d %7d %7d %6d %6d %9d   %.2f / %.2f%n", name, rounds.size(), rounds
        .stream().mapToInt(round -> round.answers().size()).sum(), ChaosReport.count(rounds, Verdict.WHOLE),
        ChaosReport.count(rounds, Verdict.FAILED), ChaosReport.count(rounds, Verdict.LOST),
        ChaosReport.count(rounds, Verdict.WRONG), rounds.stream().filter(round -> !round.settled()).count(),
        seconds(ChaosReport.pause(rounds, 50)), seconds(ChaosReport.pause(rounds, 99)));
  }

  /** What went wrong in a round. */
  public static String sentence(Round round) {
    StringBuilder text = new StringBuilder("round ").append(round.number()).append(", ").append(round.fault().label());
    if (!round.struck().isEmpty()) {
      text.append(" (").append(round.struck()).append(")");
    }
    text.append(":");
    for (Judged answer : round.answers()) {
      if (answer.verdict() != Verdict.WHOLE) {
        text.append(String.format(Locale.ROOT, " visit %d turn %d %s%s after %d connections;", answer.visit(), answer
            .turn() + 1, answer.verdict().name().toLowerCase(Locale.ROOT), answer.note().isEmpty()
                ? ""
                : " " + answer.note(),
            answer.connections()));
      }
    }
    return text.append(round.settled() ? "" : " something still runs").toString();
  }

  /** All figures. */
  public static JsonNode figures(ChaosReport report) {
    ObjectNode root = JsonMapper.builder().build().createObjectNode();
    root.put("seed", report.seed()).put("good", report.good());
    ArrayNode rounds = root.putArray("rounds");
    for (Round round : report.rounds()) {
      ObjectNode one = rounds.addObject().put("round", round.number()).put("fault", round.fault().label()).put("struck",
          round.struck()).put("settled", round.settled());
      ArrayNode answers = one.putArray("answers");
      for (Judged answer : round.answers()) {
        answers.addObject().put("visit", answer.visit()).put("turn", answer.turn()).put("verdict", answer.verdict()
            .name().toLowerCase(Locale.ROOT)).put("pause_s", seconds(answer.pause())).put("connections", answer
                .connections())
            .put("note", answer.note());
      }
    }
    return root;
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() * 1e-9;
  }
}

package org.clarion.loadtest.core;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Formatter;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.clarion.loadtest.api.Arrivals;
import org.clarion.loadtest.api.LoadReport;
import org.clarion.loadtest.api.LoadReport.Spread;
import org.clarion.loadtest.api.LoadSpec;

/** A report as a table for people and as JSON for programs. */
public final class ReportText {
  private ReportText() {}

  /** Lines of at most 100 columns. */
  public static String table(LoadSpec spec, LoadReport report) {
    Formatter out = new Formatter(Locale.ROOT);
    out.format("%s, model %s, %s\n", spec.base() + spec.api().path(), spec.model(), describe(spec.arrivals()));
    out.format("\n");
    out.format("%-28s %10s %10s %10s %10s %10s\n", "milliseconds", "mean", "p50", "p90", "p99", "max");
    row(out, "time to first token", report.firstToken());
    row(out, "between tokens", report.interToken());
    row(out, "per token after the first", report.perToken());
    row(out, "whole request", report.whole());
    if (spec.arrivals() instanceof Arrivals.Open) {
      row(out, "client queue", report.clientQueue());
      row(out, "whole with client queue", report.wholeWithQueue());
    }
    out.format("\n");
    out.format("%-28s %10d   (%d failed)\n", "completed", report.completed(), report.failed());
    out.format("%-28s %10.1f\n", "seconds", report.seconds());
    out.format("%-28s %10.2f   (%.2f meet the goal)\n", "requests a second", report.requestsPerSecond(),
        report.goodput());
    out.format("%-28s %10.1f   (%.1f with the prompts)\n", "new tokens a second", report.newTokensPerSecond(), report
        .tokensPerSecond());
    out.format("%-28s %10d   (prompts %d, of them cached %d)\n", "new tokens", report.newTokens(),
        report.promptTokens(),
        report.cachedTokens());
    new TreeMap<>(report.errors())
        .forEach((kind, count) -> out.format("%-28s %10d   %s\n", "error " + kind, count, report
            .errorExamples().getOrDefault(kind, "")));
    return out.toString();
  }

  /** The same figures by name; times in milliseconds. */
  public static ObjectNode json(LoadSpec spec, LoadReport report) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("endpoint", spec.base() + spec.api().path()).put("model", spec.model()).put("arrivals", describe(spec
        .arrivals())).put("seed", spec.seed());
    out.put("seconds", report.seconds()).put("requests", report.requests()).put("completed", report.completed()).put(
        "failed", report.failed()).put("good", report.good());
    out.put("requests_per_second", report.requestsPerSecond()).put("goodput_per_second", report.goodput());
    out.put("new_tokens_per_second", report.newTokensPerSecond()).put("tokens_per_second", report.tokensPerSecond());
    out.put("prompt_tokens", report.promptTokens()).put("cached_tokens", report.cachedTokens()).put("new_tokens", report
        .newTokens());
    out.set("ttft_ms", json(report.firstToken()));
    out.set("itl_ms", json(report.interToken()));
    out.set("tpot_ms", json(report.perToken()));
    out.set("e2e_ms", json(report.whole()));
    out.set("client_queue_ms", json(report.clientQueue()));
    out.set("e2e_with_client_queue_ms", json(report.wholeWithQueue()));
    ObjectNode errors = out.putObject("errors");
    for (Map.Entry<String, Long> error : new TreeMap<>(report.errors()).entrySet()) {
      errors.put(error.getKey(), error.getValue());
    }
    return out;
  }

  private static ObjectNode json(Spread spread) {
    return JsonNodeFactory.instance.objectNode().put("count", spread.count()).put("mean", spread.mean())
        .put("p50", spread
            .p50())
        .put("p90", spread.p90()).put("p99", spread.p99()).put("max", spread.max());
  }

  private static String describe(Arrivals arrivals) {
    return switch (arrivals) {
      case Arrivals.Closed closed -> String.format(Locale.ROOT, "closed loop, %d requests, %d at a time", closed
          .requests(), closed.concurrency());
      case Arrivals.Open open ->
        String.format(Locale.ROOT, "open loop, %.3g a second (Poisson) for %d s, at most %d at a time",
            open.perSecond(), open.duration().toSeconds(), open.maxConcurrency());
    };
  }

  private static void row(Formatter out, String name, Spread spread) {
    if (spread.count() == 0) {
      out.format("%-28s %10s\n", name, "-");
    } else {
      out.format("%-28s %10.2f %10.2f %10.2f %10.2f %10.2f\n", name, spread.mean(), spread.p50(), spread.p90(),
          spread.p99(),
          spread.max());
    }
  }
}

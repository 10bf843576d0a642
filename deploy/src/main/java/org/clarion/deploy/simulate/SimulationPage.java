package org.clarion.deploy.simulate;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.clarion.scheduler.core.ClinicalClass;
import org.clarion.scheduler.simulate.SimulationResult;
import org.clarion.scheduler.simulate.SimulationResult.Answer;
import org.clarion.scheduler.simulate.SimulationResult.Group;
import org.clarion.scheduler.simulate.SimulationResult.Sample;

/** One page without scripts and without anything from elsewhere: a simulation to look at. */
public final class SimulationPage {
  private static final int BARS = 70;

  private final SimulationResult result;
  private final StringBuilder page = new StringBuilder();

  private SimulationPage(SimulationResult result) {
    this.result = result;
  }

  /** Writes the page. */
  public static void write(Path file, SimulationResult result) throws IOException {
    Files.writeString(file, new SimulationPage(result).text());
  }

  private String text() throws IOException {
    try (InputStream style = SimulationPage.class.getResourceAsStream("simulation.css")) {
      if (style == null) {
        throw new IllegalStateException("the jar has no simulation.css");
      }
      page.append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
          .append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
              + "'unsafe-inline'\"><meta name=\"viewport\" content=\"width=device-width\">")
          .append("<title>Clarion simulation</title><style>")
          .append(new String(style.readAllBytes(), StandardCharsets.UTF_8)).append("</style></head><body><main>");
    }
    page.append(String.format(Locale.ROOT,
        "<h1>Simulation</h1><p>%s; %d clinics, %d replicas, seed %d. SIMULATED: the real scheduler, a model of the "
            + "machine.</p>",
        result.trace().name(), result.trace().clinics(), result.cluster().replicas(), result.cluster().seed()));
    classes();
    if (!result.samples().isEmpty()) {
      load();
    }
    answers();
    clinics();
    return page.append("</main></body></html>\n").toString();
  }

  private void classes() {
    page.append("<h2>What readers see</h2><table><thead><tr><th>Class</th><th>asked</th><th>refused</th>"
        + "<th>failed</th><th>good</th><th>first token p50</th><th>p95</th><th>p99</th><th>between tokens p50</th>"
        + "<th>p95</th><th>p99</th></tr></thead><tbody>");
    for (ClinicalClass clinical : ClinicalClass.values()) {
      Group group = result.classes().get(clinical);
      if (group != null && group.asked() > 0) {
        page.append(String.format(Locale.ROOT,
            "<tr><th>%s</th><td>%d</td><td>%d</td><td>%d</td><td>%.2f %%</td><td>%.2f s</td><td>%.2f s</td>"
                + "<td>%.2f s</td><td>%.0f ms</td><td>%.0f ms</td><td>%.0f ms</td></tr>",
            group.name(), group.asked(), group.refused(), group.failed(), SimulationText.share(group),
            group.firstToken().p50() / 1e3, group.firstToken().p95() / 1e3, group.firstToken().p99() / 1e3,
            group.interToken().p50(), group.interToken().p95(), group.interToken().p99()));
      }
    }
    page.append(String.format(Locale.ROOT,
        "</tbody></table><p>First token, median: first turn %.2f s, further turns %.2f s. Fairness among clinics "
            + "(Jain's index of good answers): %.4f. %d steps, %d preemptions, %d evictions.</p>",
        result.firstTurns().p50() / 1e3, result.followUps().p50() / 1e3, result.fairness(), result.counts().steps(),
        result.counts().preemptions(), result.counts().evictions()));
  }

  private void load() {
    List<Sample> samples = result.samples();
    double hours = samples.getLast().at() / 3.6e12;
    int count = samples.size();
    page.append("<h2>Queue</h2>").append(Plot.lines(List.of(
        new Plot.Series("running", count, i -> samples.get(i).running()),
        new Plot.Series("waiting", count, i -> samples.get(i).queued()),
        new Plot.Series("images waiting", count, i -> samples.get(i).images())), hours));
    page.append("<h2>Memory for keys and values, per cent in use</h2>").append(Plot.lines(List.of(
        new Plot.Series("all replicas", count, i -> 100 * samples.get(i).arena()),
        new Plot.Series("the fullest", count, i -> 100 * samples.get(i).fullest())), hours));
    page.append("<h2>How busy each replica is</h2><p>Replicas from top to bottom, time from left to right; full colour "
        + "is a replica that executes steps without a pause.</p>").append(Plot.heat(result.busy(), hours));
  }

  /** The busiest stretch of the first replica. */
  private void answers() {
    List<Answer> all = result.answers();
    if (all.isEmpty()) {
      return;
    }
    List<Answer> byTime = new ArrayList<>(all);
    byTime.sort(Comparator.comparingLong(Answer::asked));
    int most = Math.min(BARS, byTime.size());
    int best = 0;
    for (int i = 0; i + most <= byTime.size(); i++) {
      if (length(byTime, i, most) < length(byTime, best, most)) {
        best = i;
      }
    }
    List<Plot.Bar> bars = byTime.subList(best, best + most).stream().map(SimulationPage::bar).toList();
    page.append(
        "<h2>The busiest minutes of one replica</h2><p>An answer each: pale while it waits for its first token, "
            + "full while it streams; <span class=\"key k1\">STAT</span><span class=\"key k0\">routine</span>"
            + "<span class=\"key k2\">batch</span> red dots were refused.</p>")
        .append(Plot.bars(bars));
  }

  private static long length(List<Answer> answers, int from, int count) {
    return answers.get(from + count - 1).asked() - answers.get(from).asked();
  }

  private static Plot.Bar bar(Answer answer) {
    int colour = switch (answer.clinical()) {
      case STAT -> 1;
      case ROUTINE -> 0;
      case BATCH -> 2;
    };
    String title = String.format(Locale.ROOT, "clinic %d, %s, first token after %.2f s", answer.clinic(),
        answer.clinical().name().toLowerCase(Locale.ROOT), (answer.first() - answer.asked()) / 1e9);
    return new Plot.Bar(title, colour, answer.asked() / 1e9, answer.first() / 1e9, answer.ended() / 1e9);
  }

  private void clinics() {
    List<Plot.Dot> dots = result.clinics().stream().filter(group -> group.completed() > 0)
        .map(group -> new Plot.Dot(group.name(), group.asked(), group.firstToken().p95() / 1e3)).toList();
    page.append("<h2>Clinics</h2>").append(Plot.dots(dots, "questions of a clinic",
        "95th percentile of its times to the first token, in seconds,"));
  }
}

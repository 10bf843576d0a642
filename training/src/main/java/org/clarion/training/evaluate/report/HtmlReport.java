package org.clarion.training.evaluate.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.clarion.training.data.PictureReader;
import org.clarion.training.data.ReportCase;
import org.clarion.training.evaluate.CaseOutcome;
import org.clarion.training.evaluate.Interval;
import org.clarion.training.evaluate.Reading;
import org.clarion.training.evaluate.Results;
import org.clarion.training.evaluate.Truth;
import org.jspecify.annotations.Nullable;

/** One page without scripts: the table with intervals, strata, and every case with its picture and the answers. */
public final class HtmlReport {
  private static final int MOST_CASES = 2000;

  private final StringBuilder page = new StringBuilder();
  private final Setting setting;
  private final List<Results> models;
  private final List<String> names;

  private HtmlReport(Setting setting, List<Results> models) {
    this.setting = setting;
    this.models = models;
    this.names = Table.names(models);
  }

  /** Writes the page; the pictures are inside. */
  public static void write(Path file, Setting setting, List<Results> models, PictureReader pictures)
      throws IOException {
    HtmlReport report = new HtmlReport(setting, models);
    report.head();
    report.figures();
    report.strata();
    report.cases(pictures);
    report.page.append("</main></body></html>\n");
    try (Writer out = Files.newBufferedWriter(file)) {
      out.append(report.page);
    }
  }

  private void head() throws IOException {
    try (InputStream style = HtmlReport.class.getResourceAsStream("report.css")) {
      if (style == null) {
        throw new IllegalStateException("the jar has no report.css");
      }
      page.append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
          .append(
              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">")
          .append("<meta name=\"viewport\" content=\"width=device-width\"><title>Clarion evaluation</title><style>")
          .append(new String(style.readAllBytes(), StandardCharsets.UTF_8)).append("</style></head><body><main>");
    }
    page.append("<p class=\"banner\">").append(setting.synthetic()
        ? "SYNTHETIC cases. These figures say how well a model reads drawings, not patients. "
        : "").append("Answers are AI drafts, not diagnoses.</p><h1>Evaluation</h1><p>");
    text(setting.cases() + " cases of " + setting.data() + (setting.badRows() > 0
        ? ", " + setting.badRows() + " rows could not be used"
        : "") + "; seed " + setting.seed() + "; 95 % intervals of " + setting.resamples()
        + " resamples. Findings, concepts and refusals are read out of the text by rules.");
    page.append("</p>");
    for (int i = 0; i < models.size(); i++) {
      int failures = models.get(i).run().failures().size();
      if (failures > 0) {
        page.append("<p class=\"bad\">");
        text(names.get(i) + " did not answer " + failures + " of " + setting.cases() + " cases: " + models.get(i).run()
            .failures().getFirst().reason());
        page.append("</p>");
      }
    }
  }

  private void figures() {
    page.append("<table class=\"figures\"><thead><tr><th>Measure</th><th>Cases</th>");
    names.forEach(name -> cell("th", name));
    page.append("</tr></thead><tbody>");
    String group = "";
    for (Table.Line line : Table.lines(models)) {
      if (!line.group().equals(group)) {
        group = line.group();
        page.append("<tr class=\"group\"><th colspan=\"").append(2 + models.size()).append("\">");
        text(group);
        page.append("</th></tr>");
      }
      page.append("<tr>");
      cell("th", line.name());
      cell("td", Integer.toString(line.cases()));
      line.figures().forEach(figure -> figure(figure, line.best()));
      page.append("</tr>");
    }
    page.append("</tbody></table>");
  }

  /** The number, and a bar from 0 to the best value with its interval. */
  private void figure(Interval figure, double best) {
    page.append("<td class=\"figure\">");
    text(figure.toString());
    if (figure.known() && !Double.isNaN(best)) {
      page.append(
          "<svg viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"all\" width=\"100\" height=\"6\"/>")
          .append("<rect class=\"value\" height=\"6\" width=\"").append(Table.number(100 * figure.value() / best))
          .append("\"/><rect class=\"interval\" y=\"2\" height=\"2\" x=\"")
          .append(Table.number(100 * figure.low() / best))
          .append("\" width=\"").append(Table.number(100 * (figure.high() - figure.low()) / best)).append(
              "\"/></svg>");
    }
    page.append("</td>");
  }

  private void strata() {
    for (int i = 0; i < models.size(); i++) {
      if (models.get(i).strata().isEmpty()) {
        continue;
      }
      page.append("<h2>");
      text("Strata, " + names.get(i));
      page.append(
          "</h2><table class=\"figures\"><thead><tr><th>Stratum</th><th>Cases</th><th>Figures</th></tr></thead><tbody>");
      for (Results.Stratum stratum : models.get(i).strata()) {
        page.append("<tr>");
        cell("th", stratum.name().replace('_', ' ') + " " + stratum.value());
        cell("td", Integer.toString(stratum.cases()));
        cell("td", stratum.rows().stream().map(row -> row.key() + " " + row.interval()).collect(Collectors.joining(
            "; ")));
        page.append("</tr>");
      }
      page.append("</tbody></table><ul class=\"spreads\">");
      for (Results.Spread spread : models.get(i).spreads()) {
        cell("li", spread.figure() + " differs by " + Table.number(spread.between()) + " between " + spread.parts()
            + " values of " + spread.stratum().replace('_', ' '));
      }
      page.append("</ul>");
    }
  }

  private void cases(PictureReader pictures) throws IOException {
    SequencedMap<String, List<@Nullable CaseOutcome>> byCase = new LinkedHashMap<>();
    for (int i = 0; i < models.size(); i++) {
      for (CaseOutcome one : models.get(i).run().outcomes()) {
        List<@Nullable CaseOutcome> answers = byCase.computeIfAbsent(one.subject().id(), _ -> new ArrayList<>());
        while (answers.size() < i) {
          answers.add(null);
        }
        answers.add(one);
      }
    }
    page.append("<h2>Cases</h2>");
    if (byCase.size() > MOST_CASES) {
      cell("p", "The first " + MOST_CASES + " of " + byCase.size() + "; the CSV file has all.");
    }
    page.append("<table class=\"cases\"><thead><tr><th>Picture</th><th>Shows</th>");
    names.forEach(name -> cell("th", name));
    page.append("</tr></thead><tbody>");
    for (List<@Nullable CaseOutcome> answers : byCase.values().stream().limit(MOST_CASES).toList()) {
      oneCase(answers, pictures);
    }
    page.append("</tbody></table>");
  }

  private void oneCase(List<@Nullable CaseOutcome> answers, PictureReader pictures) throws IOException {
    CaseOutcome first = answers.getLast();
    if (first == null) {
      return;
    }
    ReportCase subject = first.subject();
    page.append("<tr><td>");
    Optional<String> thumbnail = Thumbnail.of(subject.image(), pictures);
    thumbnail
        .ifPresent(url -> page.append("<img loading=\"lazy\" width=\"").append(Thumbnail.SIDE).append("\" height=\"")
            .append(Thumbnail.SIDE).append("\" alt=\"\" src=\"").append(url).append("\">"));
    cell("div", subject.id());
    cell("small", new TreeMap<>(subject.strata()).entrySet().stream().map(entry -> entry.getKey().replace('_', ' ')
        + " " + entry.getValue()).collect(Collectors.joining(", ")));
    page.append("</td><td>");
    List<String> expected = Reading.expected(first.truth());
    expected.forEach(statement -> chip("shown", statement));
    cell("p", subject.report());
    page.append("</td>");
    for (int i = 0; i < models.size(); i++) {
      CaseOutcome one = i < answers.size() ? answers.get(i) : null;
      page.append("<td>");
      if (one == null) {
        cell("p", "no answer");
      } else {
        answer(one, expected);
      }
      page.append("</td>");
    }
    page.append("</tr>");
  }

  private void answer(CaseOutcome one, List<String> expected) {
    List<String> said = one.reading().statements(one.truth());
    boolean distractor = one.truth() instanceof Truth.Distractor;
    said.forEach(statement -> chip(distractor
        ? one.correct() ? "right" : "wrong"
        : expected.contains(statement)
            ? "right"
            : "wrong",
        statement));
    if (!distractor) {
      expected.stream().filter(statement -> !said.contains(statement)).forEach(statement -> chip("missed", statement));
    }
    cell("p", one.answer().text());
    cell("small", "ROUGE-L " + Table.number(one.rouge().rougeL().f1()) + (one.answer().confidence().isPresent()
        ? ", confidence " + Table.number(one.answer().confidence().getAsDouble())
        : "") + (one.answer().ended() ? "" : ", cut at the bound of tokens"));
  }

  private void chip(String kind, String statement) {
    page.append("<span class=\"chip ").append(kind).append("\">");
    text(statement);
    page.append("</span> ");
  }

  private void cell(String element, String content) {
    page.append('<').append(element).append('>');
    text(content);
    page.append("</").append(element).append('>');
  }

  private void text(String text) {
    page.append(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;"));
  }
}

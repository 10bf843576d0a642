package org.clarion.training.evaluate.report;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.clarion.training.evaluate.CaseOutcome;
import org.clarion.training.evaluate.Reading;
import org.clarion.training.evaluate.Results;
import org.clarion.training.evaluate.Truth;

/** One row a case and model, for a spreadsheet. */
public final class CsvReport {
  private static final List<String> HEAD = List.of("model", "id", "kind", "strata", "image", "question", "shows",
      "says",
      "correct", "rouge1", "rouge2", "rougeL", "rougeLsum", "chrf", "confidence", "ended", "contradictions", "report",
      "answer");

  private CsvReport() {}

  /** Writes the file. */
  public static void write(Path file, List<Results> models) throws IOException {
    List<String> names = Table.names(models);
    try (Writer out = Files.newBufferedWriter(file)) {
      out.write(row(HEAD.stream()));
      for (int i = 0; i < models.size(); i++) {
        for (CaseOutcome one : models.get(i).run().outcomes()) {
          out.write(row(fields(names.get(i), one)));
        }
      }
    }
  }

  private static Stream<String> fields(String model, CaseOutcome one) {
    return Stream.of(model, one.subject().id(), Truth.kind(one.truth()),
        new TreeMap<>(one.subject().strata()).entrySet()
            .stream().map(entry -> entry.getKey() + "=" + entry.getValue()).collect(Collectors.joining("; ")),
        String
            .valueOf(one.subject().image().getFileName()),
        one.question(), String.join("; ", Reading.expected(one.truth())),
        String.join("; ", one.reading().statements(one.truth())), one.truth() instanceof Truth.Unknown
            ? ""
            : String.valueOf(one.correct()),
        Table.number(one.rouge().rouge1().f1()), Table.number(one.rouge().rouge2().f1()), Table.number(one.rouge()
            .rougeL().f1()),
        Table.number(one.rouge().rougeLsum().f1()), Table.number(one.chrF()), one.answer().confidence().isPresent()
            ? Table.number(one.answer().confidence().getAsDouble())
            : "",
        String.valueOf(one.answer().ended()), String.valueOf(one.reading().contradictions()),
        one.subject().report(), one.answer().text());
  }

  private static String row(Stream<String> fields) {
    return fields.map(CsvReport::field).collect(Collectors.joining(",", "", "\r\n"));
  }

  /** Quoted; what a spreadsheet would take for a formula starts with an apostrophe. */
  private static String field(String text) {
    String plain = !text.isEmpty() && "=+-@\t".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
    return "\"" + plain.replace("\"", "\"\"") + "\"";
  }
}

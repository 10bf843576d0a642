package org.clarion.training.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.clarion.training.data.Rows.RowFault;
import org.clarion.training.phantom.Turn;

/**
 * One object with named fields becomes a case. Fields: a picture ({@code image}, {@code image_path}, {@code path},
 * {@code file}, {@code filename}, {@code image_id}); a text, which is {@code report}, {@code caption} or {@code text},
 * or {@code findings} and {@code impression}, or SkinGPT-4's {@code concepts} and {@code disease}; and, all optional,
 * {@code id}, {@code strata} or its fields by themselves, {@code labels}, {@code kind} and {@code dialogue}.
 */
final class RowReader implements Function<JsonNode, ReportCase> {
  private static final List<String> IMAGE = List.of("image", "image_path", "path", "file", "filename", "file_name",
      "image_id");
  private static final List<String> TEXT = List.of("report", "caption", "text");
  private static final List<String> STRATA = List.of("skin_tone", "view", "size");
  private static final Pattern COMMA = Pattern.compile("[,;]");
  private static final int MAX_TEXT = 100_000;

  private final ImageFinder images;

  RowReader(Path list) {
    this.images = new ImageFinder(list);
  }

  @Override
  public ReportCase apply(JsonNode row) {
    if (!row.isObject()) {
      throw new RowFault("the row is not an object with named fields");
    }
    String name = first(row, IMAGE).orElseThrow(() -> new RowFault("the row names no image: it has none of the fields "
        + String.join(", ", IMAGE)));
    Path image = images.find(name);
    String id = text(row, "id").orElseGet(() -> stem(name));
    return new ReportCase(id, image, checked(report(row)), strata(row), PhantomLabels.read(row), dialogue(row));
  }

  private static String report(JsonNode row) {
    Optional<String> whole = first(row, TEXT);
    if (whole.isPresent()) {
      return whole.get();
    }
    Optional<String> sections = Reports.ofSections(text(row, "findings"), text(row, "impression"));
    return sections.or(() -> SkinTexts.of(list(row, "concepts"), text(row, "disease"))).orElseThrow(
        () -> new RowFault("the row has no text: none of the fields " + String.join(", ", TEXT)
            + ", findings, impression, concepts, disease has words"));
  }

  static String checked(String report) {
    if (report.length() > MAX_TEXT) {
      throw new RowFault("the text has " + report.length() + " characters, the limit is " + MAX_TEXT);
    }
    return report.strip();
  }

  private static Map<String, String> strata(JsonNode row) {
    Map<String, String> strata = new LinkedHashMap<>();
    STRATA.forEach(name -> text(row, name).ifPresent(value -> strata.put(name, value)));
    row.path("strata").properties().forEach(entry -> strata.put(entry.getKey(), entry.getValue().asText()));
    return strata;
  }

  private static List<Turn> dialogue(JsonNode row) {
    List<Turn> turns = new ArrayList<>();
    for (JsonNode turn : row.path("dialogue")) {
      String question = turn.path("question").asText("");
      String answer = turn.path("answer").asText("");
      if (question.isBlank() || answer.isBlank()) {
        throw new RowFault("turn " + turns.size() + " of the dialogue lacks a question or an answer");
      }
      turns.add(new Turn(question, answer));
    }
    return turns;
  }

  private static Optional<String> first(JsonNode row, List<String> fields) {
    return fields.stream().flatMap(field -> text(row, field).stream()).findFirst();
  }

  /** A field's words; nothing when it is absent, null or blank. */
  static Optional<String> text(JsonNode row, String field) {
    JsonNode value = row.path(field);
    return value.isValueNode() && !value.isNull() && !value.asText().isBlank()
        ? Optional.of(value.asText())
        : Optional.empty();
  }

  /** An array of words, or words between commas. */
  private static List<String> list(JsonNode row, String field) {
    JsonNode value = row.path(field);
    Stream<String> words = value.isArray()
        ? value.valueStream().map(JsonNode::asText)
        : COMMA.splitAsStream(value.asText(""));
    return words.map(String::strip).filter(word -> !word.isEmpty()).toList();
  }

  private static String stem(String image) {
    String name = String.valueOf(Path.of(image).getFileName());
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }
}

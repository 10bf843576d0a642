package org.clarion.training.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PushbackReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a CSV file as RFC 4180 has them, with a header: quoted fields may hold commas, doubled quotes and line ends.
 * Own, so that a damaged row costs no other row. Bytes that are not UTF-8 become U+FFFD.
 */
final class CsvRows {
  private static final int MAX_FIELD = 1 << 20;

  private final PushbackReader in;
  private long line = 1;

  private CsvRows(PushbackReader in) {
    this.in = in;
  }

  static void read(Path file, Rows rows, Function<JsonNode, ReportCase> reader) throws IOException {
    try (PushbackReader in = new PushbackReader(new BufferedReader(new InputStreamReader(Files.newInputStream(file),
        StandardCharsets.UTF_8)))) {
      new CsvRows(in).all(file, rows, reader);
    }
  }

  private void all(Path file, Rows rows, Function<JsonNode, ReportCase> reader) throws IOException {
    List<String> header = record();
    if (header == null) {
      throw new DataException(file + " is empty: a CSV file starts with a header");
    }
    List<String> names = header.stream().map(name -> name.replace("\ufeff", "").strip().toLowerCase(Locale.ROOT))
        .toList();
    for (long start = line;; start = line) {
      List<String> fields = record();
      if (fields == null) {
        return;
      }
      if (fields.size() == 1 && fields.getFirst().isBlank()) {
        continue;
      }
      if (fields.size() != names.size()) {
        rows.bad(start, "the row has " + fields.size() + " fields, the header has " + names.size());
        continue;
      }
      ObjectNode row = JsonNodeFactory.instance.objectNode();
      for (int i = 0; i < names.size(); i++) {
        if (!fields.get(i).isBlank()) {
          row.put(names.get(i), fields.get(i));
        }
      }
      rows.add(start, () -> reader.apply(row));
    }
  }

  /** The next record's fields, or null at the end of the file. */
  private @Nullable List<String> record() throws IOException {
    int first = in.read();
    if (first < 0) {
      return null;
    }
    in.unread(first);
    List<String> fields = new ArrayList<>();
    while (true) {
      StringBuilder field = new StringBuilder();
      int end = field(field);
      fields.add(field.toString());
      if (end != ',') {
        return fields;
      }
    }
  }

  /** Reads one field; returns what ended it: a comma, a line end, or -1. */
  private int field(StringBuilder field) throws IOException {
    boolean quoted = false;
    while (true) {
      int c = in.read();
      line += c == '\n' ? 1 : 0;
      if (quoted && c == '"') {
        int next = in.read();
        quoted = next == '"';
        if (quoted) {
          append(field, '"');
        } else if (next >= 0) {
          in.unread(next);
        }
      } else if (c < 0 || (!quoted && (c == ',' || c == '\n'))) {
        return c;
      } else if (!quoted && c == '"' && field.isEmpty()) {
        quoted = true;
      } else if (quoted || c != '\r') {
        append(field, (char) c);
      }
    }
  }

  private static void append(StringBuilder field, char c) {
    if (field.length() < MAX_FIELD) {
      field.append(c);
    }
  }
}

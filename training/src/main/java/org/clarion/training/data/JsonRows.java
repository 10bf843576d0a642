package org.clarion.training.data;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;

/** Rows of JSON, one object a line or one array of objects. */
final class JsonRows {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String LIST = "annotations";
  private static final int MAX_LINE = 4 << 20;

  private JsonRows() {}

  static void readLines(Path file, Rows rows, Function<JsonNode, ReportCase> reader) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      long number = 1;
      for (int next = in.read();; next = in.read()) {
        if (next == '\n' || next < 0) {
          line(line, number, rows, reader);
          line.reset();
          number++;
        } else if (line.size() <= MAX_LINE) {
          line.write(next);
        }
        if (next < 0) {
          return;
        }
      }
    }
  }

  private static void line(ByteArrayOutputStream line, long number, Rows rows,
      Function<JsonNode, ReportCase> reader) {
    if (line.size() > MAX_LINE) {
      rows.bad(number, "the line has more than " + MAX_LINE + " bytes");
      return;
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line.toByteArray())).toString();
      String json = number == 1 && text.startsWith("\ufeff") ? text.substring(1) : text;
      if (!json.isBlank()) {
        JsonNode row = MAPPER.readTree(json);
        rows.add(number, () -> reader.apply(row));
      }
    } catch (CharacterCodingException _) {
      rows.bad(number, "the line is not UTF-8");
    } catch (JsonProcessingException e) {
      rows.bad(number, "the line is not JSON: the fault is at column " + column(e));
    }
  }

  private static int column(JsonProcessingException e) {
    return e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
  }

  /** {@code {"annotations": [...]}}, or the array alone. */
  static void readCaptions(Path file, Rows rows, Function<JsonNode, ReportCase> reader) throws IOException {
    try (JsonParser parser = MAPPER.createParser(file.toFile())) {
      try {
        if (!findList(parser)) {
          throw new DataException(file + " has no array '" + LIST + "'");
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          long line = parser.currentTokenLocation().getLineNr();
          JsonNode row = MAPPER.readTree(parser);
          rows.add(line, () -> reader.apply(row));
        }
      } catch (JsonProcessingException e) {
        long line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
        rows.bad(line, "the file is not JSON from here on: what follows was not read");
      }
    }
  }

  private static boolean findList(JsonParser parser) throws IOException {
    JsonToken token = parser.nextToken();
    if (token == JsonToken.START_ARRAY) {
      return true;
    }
    while (token == JsonToken.START_OBJECT || token == JsonToken.FIELD_NAME) {
      token = parser.nextToken();
      if (token == JsonToken.FIELD_NAME) {
        boolean found = LIST.equals(parser.currentName());
        token = parser.nextToken();
        if (found) {
          return token == JsonToken.START_ARRAY;
        }
        parser.skipChildren();
        token = JsonToken.FIELD_NAME;
      }
    }
    return false;
  }
}

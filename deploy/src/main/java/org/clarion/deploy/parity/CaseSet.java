package org.clarion.deploy.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.clarion.engine.parity.Comparison;
import org.clarion.engine.parity.ParityResult;
import org.clarion.engine.parity.ParitySet;
import org.clarion.engine.parity.ParityStatus;

/** What the sets of this package share: missing files are reported as such, errors become failures. */
abstract class CaseSet implements ParitySet {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final String name;
  private final List<String> files;

  CaseSet(String name, String... files) {
    this.name = name;
    this.files = List.of(files);
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final ParityResult check(Path fixtures) {
    for (String file : files) {
      if (!Files.exists(fixtures.resolve(file))) {
        return ParityResult.missing(name, "no " + file + " in the fixtures");
      }
    }
    Comparison comparison = new Comparison(name);
    try {
      compare(fixtures, comparison);
      return comparison.result();
    } catch (IOException | RuntimeException e) {
      return new ParityResult(name, comparison.result().cases(), Double.POSITIVE_INFINITY, 0, ParityStatus.FAIL, e
          .getClass().getSimpleName() + ": " + e.getMessage());
    }
  }

  abstract void compare(Path fixtures, Comparison comparison) throws IOException;

  static JsonNode json(Path file) throws IOException {
    return MAPPER.readTree(file.toFile());
  }

  static int[] ints(JsonNode array) {
    int[] values = new int[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asInt();
    }
    return values;
  }

  /** Something that must hold exactly. */
  static void holds(Comparison comparison, String what, boolean holds) {
    comparison.same(what, new int[]{holds ? 1 : 0}, new int[]{1});
  }

  /** Texts that must be equal, compared by code unit. */
  static void same(Comparison comparison, String what, String actual, String expected) {
    comparison.same(what, actual.chars().toArray(), expected.chars().toArray());
  }
}

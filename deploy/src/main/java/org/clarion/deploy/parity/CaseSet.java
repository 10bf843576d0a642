package org.clarion.deploy.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.clarion.engine.parity.Comparison;
import org.clarion.engine.parity.GoldenSet;

/** What the sets of this package share: reading cases, comparing texts. */
abstract class CaseSet extends GoldenSet {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  CaseSet(String name, String... files) {
    super(name, List.of(files));
  }

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

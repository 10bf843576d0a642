package org.clarion.loadtest.core;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;

/** Reads an OpenAI-shaped list of models. Thread-safe. */
public final class ModelNames {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private ModelNames() {}

  /** The ids in their order; empty where the text is no such list. */
  public static List<String> parse(String body) {
    List<String> names = new ArrayList<>();
    try {
      for (JsonNode model : MAPPER.readTree(body).path("data")) {
        if (model.path("id").isTextual()) {
          names.add(model.path("id").textValue());
        }
      }
    } catch (JsonProcessingException e) {
      return List.of();
    }
    return List.copyOf(names);
  }
}

package org.clarion.loadtest.core;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.SplittableRandom;
import org.clarion.loadtest.api.LoadSpec;

/** Makes the body of request {@code i}: a pure function of the specification and {@code i}. Thread-safe. */
public final class PromptMaker {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  // Everyday clinical words of one or two tokens each in common vocabularies.
  private static final List<String> WORDS = List.of("skin", "red", "small", "left", "right", "arm", "chest", "lung",
      "heart", "clear", "dark", "spot", "edge", "round", "old", "new", "pain", "mild", "year", "day", "week", "area",
      "size", "large", "upper", "lower", "image", "shows", "normal", "dry", "hand", "leg", "back", "face", "line",
      "soft",
      "hard", "light", "change", "slow", "fast", "over", "under", "near", "no", "some", "more", "less", "has", "with",
      "and", "the");

  private final LoadSpec spec;

  public PromptMaker(LoadSpec spec) {
    this.spec = spec;
  }

  /** The JSON body of the request with this number, streaming, with usage at the end. */
  public ObjectNode body(long index) {
    ObjectNode body = JSON.objectNode();
    body.put("model", spec.model());
    switch (spec.api()) {
      case CHAT -> body.set("messages", JSON.arrayNode().add(JSON.objectNode().put("role", "user").set("content",
          content(index))));
      case COMPLETIONS -> body.set("prompt", prompt(index));
    }
    body.put("max_tokens", spec.newTokens());
    body.put("temperature", 0);
    body.put("seed", spec.seed());
    body.put("stream", true);
    body.set("stream_options", JSON.objectNode().put("include_usage", true));
    if (spec.ignoreEos()) {
      body.put("ignore_eos", true);
    }
    return body;
  }

  private JsonNode content(long index) {
    String image = spec.prompt().image();
    if (image == null) {
      return JSON.textNode(text(index));
    }
    ArrayNode parts = JSON.arrayNode();
    parts.add(JSON.objectNode().put("type", "image_url").set("image_url", JSON.objectNode().put("url", image)));
    parts.add(JSON.objectNode().put("type", "text").put("text", text(index)));
    return parts;
  }

  private JsonNode prompt(long index) {
    LoadSpec.IdRange range = spec.prompt().tokenIds();
    if (range == null) {
      return JSON.textNode(text(index));
    }
    SplittableRandom random = random(index);
    ArrayNode ids = JSON.arrayNode();
    for (int i = 0; i < spec.prompt().length(); i++) {
      ids.add(random.nextInt(range.low(), range.high() + 1));
    }
    return ids;
  }

  private String text(long index) {
    String fixed = spec.prompt().text();
    if (fixed != null) {
      return fixed;
    }
    SplittableRandom random = random(index);
    StringBuilder text = new StringBuilder(spec.prompt().length() * 6);
    for (int i = 0; i < spec.prompt().length(); i++) {
      text.append(i == 0 ? "" : " ").append(WORDS.get(random.nextInt(WORDS.size())));
    }
    return text.toString();
  }

  private SplittableRandom random(long index) {
    // Two rounds of the generator's own mixing keep neighbouring seeds and indices apart.
    return new SplittableRandom(new SplittableRandom(spec.seed()).nextLong() ^ new SplittableRandom(~index).nextLong());
  }
}

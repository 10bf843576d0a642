package org.clarion.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.clarion.gateway.api.ApiError;
import org.clarion.gateway.api.ServedModel;
import org.clarion.gateway.api.ValidRequest.Beams;
import org.clarion.gateway.api.ValidRequest.Cut;
import org.clarion.gateway.api.ValidRequest.Penalties;
import org.clarion.gateway.api.ValidRequest.SamplingChoice;
import org.clarion.models.grammar.OutputFormat;
import org.clarion.models.manifest.SamplingDefaults;
import org.clarion.proto.v1.EarlyStopping;

/**
 * The fields that say how tokens are chosen; where the request is silent the model's defaults hold. Names are OpenAI's,
 * beyond them Hugging Face's. Stateless.
 */
final class SamplingParser {
  private static final int MAX_LOGPROBS = 20;
  private static final int MAX_BIASES = 300;
  private static final int MAX_BEAMS = 10;
  private static final int MAX_STOP_IDS = 32;
  /** A vocabulary's size at most; larger ones mean no limit anyway. */
  private static final int MAX_TOP_K = 1_000_000;
  /** Every double, and so every JavaScript client, can hold a smaller seed. */
  private static final long SEED_BOUND = 1L << 53;
  private static final SecureRandom SEEDS = new SecureRandom();

  private SamplingParser() {}

  static SamplingChoice parse(boolean chat, JsonFields fields, ServedModel model, Optional<OutputFormat> format) {
    SamplingDefaults defaults = model.manifest().samplingDefaults();
    float temperature = (float) fields.number("temperature", 0, 2).orElse(defaults.temperature());
    // -1 is another server's way to say no limit.
    long topK = Math.max(0, fields.integer("top_k", -1, MAX_TOP_K).orElse(defaults.topK()));
    Cut cut = new Cut(positive(fields, "top_p", 1, defaults.topP()), (int) topK,
        (float) fields.number("min_p", 0, 1).orElse(0));
    Penalties penalties = new Penalties(positive(fields, "repetition_penalty", 10, defaults.repetitionPenalty()),
        (float) fields.number("presence_penalty", -2, 2).orElse(0),
        (float) fields.number("frequency_penalty", -2, 2).orElse(0));
    long seed = fields.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE).orElseGet(() -> SEEDS.nextLong(SEED_BOUND));
    OptionalInt logprobs = chat ? chatLogprobs(fields) : completionLogprobs(fields);
    Optional<Beams> beams = beams(fields);
    if (beams.isPresent() && logprobs.isPresent()) {
      throw RequestParser.unsupported("logprobs", "logprobs are not told by a beam search: leave num_beams out");
    }
    return new SamplingChoice(temperature, cut, penalties, bias(fields, model), seed, logprobs, beams, format);
  }

  /** Ids that end an answer: the client's, and the model's unless it is told to go on. */
  static List<Integer> stopIds(JsonFields fields, ServedModel model, boolean ignoreEos) {
    List<Integer> ids = new ArrayList<>(ignoreEos ? List.of() : model.stopTokens());
    JsonNode list = fields.raw("stop_token_ids");
    if (list.isMissingNode()) {
      return ids;
    }
    if (!list.isArray()) {
      throw JsonFields.wrongType("stop_token_ids", "an array of token ids", list);
    }
    if (list.size() > MAX_STOP_IDS) {
      throw ApiError.invalid("invalid_value", "stop_token_ids",
          "stop_token_ids has " + list.size() + " ids, the limit is " + MAX_STOP_IDS).exception();
    }
    for (int i = 0; i < list.size(); i++) {
      String where = "stop_token_ids[" + i + "]";
      if (!list.get(i).isIntegralNumber()) {
        throw JsonFields.wrongType(where, "a token id", list.get(i));
      }
      ids.add(tokenId(where, list.get(i).asText(), model));
    }
    return ids.stream().distinct().toList();
  }

  private static float positive(JsonFields fields, String name, int most, double otherwise) {
    float value = (float) fields.number(name, 0, most).orElse(otherwise);
    if (value == 0) {
      throw fields.outOfRange(name, fields.raw(name), "0 (excluded) to " + most);
    }
    return value;
  }

  private static OptionalInt chatLogprobs(JsonFields fields) {
    boolean wanted = fields.flag("logprobs");
    OptionalLong top = fields.integer("top_logprobs", 0, MAX_LOGPROBS);
    if (top.isPresent() && top.getAsLong() > 0 && !wanted) {
      throw ApiError.invalid("invalid_value", "top_logprobs", "top_logprobs needs logprobs to be true").exception();
    }
    return wanted ? OptionalInt.of((int) top.orElse(0)) : OptionalInt.empty();
  }

  private static OptionalInt completionLogprobs(JsonFields fields) {
    // Clients of the older interface send false for none.
    if (fields.raw("logprobs").isBoolean() && !fields.raw("logprobs").booleanValue()) {
      return OptionalInt.empty();
    }
    OptionalLong top = fields.integer("logprobs", 0, MAX_LOGPROBS);
    return top.isPresent() ? OptionalInt.of((int) top.getAsLong()) : OptionalInt.empty();
  }

  private static SortedMap<Integer, Float> bias(JsonFields fields, ServedModel model) {
    SortedMap<Integer, Float> biases = new TreeMap<>();
    JsonNode node = fields.raw("logit_bias");
    if (node.isMissingNode()) {
      return biases;
    }
    if (!node.isObject()) {
      throw JsonFields.wrongType("logit_bias", "an object of token ids and numbers", node);
    }
    if (node.size() > MAX_BIASES) {
      throw ApiError.invalid("invalid_value", "logit_bias",
          "logit_bias has " + node.size() + " entries, the limit is " + MAX_BIASES).exception();
    }
    JsonFields values = new JsonFields(node, "logit_bias");
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      String id = entry.getKey();
      int token = tokenId("logit_bias", id, model);
      values.number(id, -100, 100).ifPresent(bias -> biases.put(token, (float) bias));
    }
    return biases;
  }

  private static int tokenId(String where, String text, ServedModel model) {
    int vocabulary = model.tokenizer().vocabularySize();
    try {
      int id = Integer.parseInt(text);
      if (id >= 0 && id < vocabulary) {
        return id;
      }
    } catch (NumberFormatException _) {
      // Refused like a number out of range.
    }
    throw ApiError.invalid("invalid_value", where, where + " must name token ids from 0 to " + (vocabulary - 1)
        + ", not " + RequestParser.shortened(text)).exception();
  }

  private static Optional<Beams> beams(JsonFields fields) {
    int width = (int) fields.integer("num_beams", 1, MAX_BEAMS).orElse(1);
    float lengthPenalty = (float) fields.number("length_penalty", -10, 10).orElse(1);
    EarlyStopping stopping = stopping(fields);
    return width == 1 ? Optional.empty() : Optional.of(new Beams(width, lengthPenalty, stopping));
  }

  private static EarlyStopping stopping(JsonFields fields) {
    JsonNode node = fields.raw("early_stopping");
    if (node.isMissingNode()) {
      return EarlyStopping.EARLY_STOPPING_UNSPECIFIED;
    }
    if (node.isTextual() && node.textValue().equals("never")) {
      return EarlyStopping.EARLY_STOPPING_NEVER;
    }
    if (!node.isBoolean()) {
      throw ApiError.invalid("invalid_value", "early_stopping",
          "early_stopping must be true, false or \"never\", not " + JsonFields.kind(node)).exception();
    }
    return node.booleanValue()
        ? EarlyStopping.EARLY_STOPPING_ALWAYS
        : EarlyStopping.EARLY_STOPPING_UNSPECIFIED;
  }
}

package org.clarion.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A tokenizer.json from the {@code tokenizer.ggml.*} keys of a GGUF file: byte-level BPE ({@code gpt2}) with the
 * pre-tokenisers that are known here, and SentencePiece BPE ({@code llama}). Other kinds are refused by name.
 */
final class GgufVocabulary {
  private static final String KEY = "tokenizer.ggml.";
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  // Token types of GGUF, which are SentencePiece's.
  private static final long NORMAL = 1;
  private static final long UNKNOWN = 2;
  private static final long CONTROL = 3;
  private static final long USER_DEFINED = 4;

  private final String name;
  private final Map<String, Object> metadata;
  private final List<String> tokens;
  private final List<Long> types;

  private GgufVocabulary(String name, Map<String, Object> metadata) {
    this.name = name;
    this.metadata = metadata;
    this.tokens = list("tokens", String.class);
    this.types = list("token_type", Long.class);
    if (tokens.size() != types.size()) {
      throw new TokenizerException(
          name + ": " + tokens.size() + " tokens have " + types.size() + " entries of " + KEY + "token_type");
    }
    Set<String> seen = new HashSet<>();
    for (String token : tokens) {
      if (!seen.add(token)) {
        throw new TokenizerException(name + ": " + KEY + "tokens has a token twice, id " + tokens.lastIndexOf(token));
      }
    }
  }

  /**
   * Builds the tokenizer.json.
   *
   * @param name
   *          for messages
   */
  static JsonNode toJson(String name, Map<String, Object> metadata) {
    String model = text(metadata, "model");
    return switch (model) {
      case "gpt2" -> new GgufVocabulary(name, metadata).byteLevel();
      case "llama" -> new GgufVocabulary(name, metadata).sentencePiece();
      default -> throw new TokenizerException(name + ": " + KEY + "model '" + model
          + "' is not supported, only gpt2 and llama are");
    };
  }

  private ObjectNode byteLevel() {
    String pre = text(metadata, "pre");
    ArrayNode steps = JSON.arrayNode();
    ObjectNode bytes = type("ByteLevel").put("add_prefix_space", false).put("trim_offsets", true).put("use_regex",
        true);
    switch (pre) {
      case "smollm" -> steps.add(type("Digits").put("individual_digits", true)).add(bytes);
      case "falcon" -> {
        ObjectNode split = type("Split").put("behavior", "Isolated").put("invert", false);
        split.putObject("pattern").put("Regex", "[0-9][0-9][0-9]");
        steps.add(type("Punctuation").put("behavior", "Contiguous")).add(bytes)
            .add(type("Digits").put("individual_digits", false)).add(split);
      }
      case "gpt-2" -> steps.add(bytes);
      default -> throw new TokenizerException(name + ": " + KEY + "pre '" + pre
          + "' is not supported, only smollm, falcon and gpt-2 are; use the model's tokenizer.json");
    }
    ArrayNode merges = JSON.arrayNode();
    list("merges", String.class).forEach(merges::add);
    ObjectNode json = json(merges, false);
    ObjectNode pretokenizer = type("Sequence");
    pretokenizer.set("pretokenizers", steps);
    json.set("pre_tokenizer", pretokenizer);
    json.set("decoder", bytes.deepCopy());
    return json;
  }

  private ObjectNode sentencePiece() {
    Object prefix = metadata.get(KEY + "add_space_prefix");
    if (Boolean.FALSE.equals(prefix)) {
      throw new TokenizerException(name + ": " + KEY + "add_space_prefix false is not supported");
    }
    ObjectNode json = json(merges(), true);
    ObjectNode model = (ObjectNode) json.get("model");
    long unknown = id("unknown_token_id", 0);
    model.put("unk_token", tokens.get((int) unknown)).put("fuse_unk", true);
    ObjectNode space = type("Replace").put("content", "\u2581");
    space.putObject("pattern").put("String", " ");
    ObjectNode normalizer = type("Sequence");
    normalizer.putArray("normalizers").add(type("Prepend").put("prepend", "\u2581")).add(space);
    json.set("normalizer", normalizer);
    ObjectNode decoder = type("Sequence");
    decoder.putArray("decoders").add(type("ByteFallback")).add(type("Fuse"));
    json.set("decoder", decoder);
    int bos = (int) id("bos_token_id", 1);
    ObjectNode post = type("TemplateProcessing");
    ObjectNode first = JSON.objectNode();
    first.putObject("SpecialToken").put("id", tokens.get(bos)).put("type_id", 0);
    post.putArray("single").add(first);
    json.set("post_processor", post);
    return json;
  }

  /**
   * SentencePiece's scores as an ordered list of merges: every way to split a normal piece into two pieces, the best
   * score first. Pieces that a text must not reach by spelling (control, bytes) take no part.
   */
  private ArrayNode merges() {
    List<Float> scores = list("scores", Float.class);
    if (scores.size() != tokens.size()) {
      throw new TokenizerException(name + ": " + tokens.size() + " tokens have " + scores.size() + " scores");
    }
    Map<String, Integer> pieces = new HashMap<>();
    for (int id = 0; id < tokens.size(); id++) {
      if (types.get(id) == NORMAL || types.get(id) == USER_DEFINED) {
        pieces.put(tokens.get(id), id);
      }
    }
    record Merge(String left, String right, float score, int leftId, int rightId) {}
    List<Merge> merges = new ArrayList<>();
    for (Map.Entry<String, Integer> piece : pieces.entrySet()) {
      String token = piece.getKey();
      for (int cut = 1; cut < token.length(); cut++) {
        Integer left = pieces.get(token.substring(0, cut));
        Integer right = pieces.get(token.substring(cut));
        if (left != null && right != null) {
          merges.add(
              new Merge(token.substring(0, cut), token.substring(cut), scores.get(piece.getValue()), left, right));
        }
      }
    }
    merges.sort(Comparator.comparingDouble((Merge merge) -> -merge.score).thenComparingInt(Merge::leftId)
        .thenComparingInt(Merge::rightId));
    ArrayNode array = JSON.arrayNode();
    merges.forEach(merge -> array.addArray().add(merge.left).add(merge.right));
    return array;
  }

  private ObjectNode json(ArrayNode merges, boolean byteFallback) {
    ObjectNode json = JSON.objectNode().put("version", "1.0");
    json.set("truncation", null);
    json.set("padding", null);
    ArrayNode added = json.putArray("added_tokens");
    json.set("normalizer", null);
    json.set("pre_tokenizer", null);
    json.set("post_processor", null);
    ObjectNode model = json.putObject("model").put("type", "BPE").put("byte_fallback", byteFallback)
        .put("fuse_unk", false).put("ignore_merges", false);
    model.set("dropout", null);
    model.set("unk_token", null);
    model.set("continuing_subword_prefix", null);
    model.set("end_of_word_suffix", null);
    ObjectNode vocabulary = model.putObject("vocab");
    model.set("merges", merges);
    for (int id = 0; id < tokens.size(); id++) {
      vocabulary.put(tokens.get(id), id);
      boolean special = types.get(id) == CONTROL || types.get(id) == UNKNOWN;
      if (special || types.get(id) == USER_DEFINED) {
        added.addObject().put("id", id).put("content", tokens.get(id)).put("single_word", false).put("lstrip", false)
            .put("rstrip", false).put("normalized", false).put("special", special);
      }
    }
    return json;
  }

  private long id(String key, long usual) {
    Object value = metadata.get(KEY + key);
    long id = value == null ? usual : value instanceof Long number ? number : -1;
    if (id < 0 || id >= tokens.size()) {
      throw new TokenizerException(name + ": " + KEY + key + " " + value + " is no id of " + tokens.size() + " tokens");
    }
    return id;
  }

  private <T> List<T> list(String key, Class<T> type) {
    if (!(metadata.get(KEY + key) instanceof List<?> values)) {
      throw new TokenizerException(name + ": " + KEY + key + " is missing or no list");
    }
    List<T> list = new ArrayList<>(values.size());
    for (Object value : values) {
      if (!type.isInstance(value)) {
        throw new TokenizerException(
            name + ": " + KEY + key + " holds something other than " + type.getSimpleName() + " at " + list.size());
      }
      list.add(type.cast(value));
    }
    return list;
  }

  private static String text(Map<String, Object> metadata, String key) {
    @Nullable
    Object value = metadata.get(KEY + key);
    return value instanceof String text ? text : "(missing)";
  }

  private static ObjectNode type(String type) {
    return JSON.objectNode().put("type", type);
  }
}

package org.clarion.models.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Map;
import org.clarion.models.architecture.LlamaConfig;
import org.jspecify.annotations.Nullable;

/**
 * Reads a decoder's shape from {@code config.json} or GGUF metadata. What {@link LlamaConfig} cannot express (scaled
 * rotary positions, biases, experts, another activation) is refused by name: ignoring it would give wrong text.
 */
final class LlamaConfigs {
  private static final int MAX_SIZE = 1 << 24;

  private LlamaConfigs() {}

  /** Reads both today's keys and the first ones ({@code max_sequence_length}, no {@code rope_theta}). */
  static LlamaConfig huggingFace(Path file) {
    JsonNode json = JsonFiles.read(file, "config_missing");
    refuseUnlessLlama(json);
    int hidden = size(json, "hidden_size", null);
    int heads = size(json, "num_attention_heads", null);
    if (hidden % heads != 0 && !json.hasNonNull("head_dim")) {
      throw unsupported("hidden_size " + hidden + " is not a multiple of num_attention_heads " + heads);
    }
    int context = json.has("max_position_embeddings")
        ? size(json, "max_position_embeddings", null)
        : size(json, "max_sequence_length", 2048);
    return config(new LlamaShape(hidden, size(json, "num_hidden_layers", null), heads,
        size(json, "num_key_value_heads", heads), size(json, "head_dim", hidden / heads),
        size(json, "intermediate_size", null), size(json, "vocab_size", null)),
        positive("rms_norm_eps", json.path("rms_norm_eps").asDouble(1e-6)), ropeBase(json),
        json.path("tie_word_embeddings").asBoolean(false), context);
  }

  private static void refuseUnlessLlama(JsonNode json) {
    String type = json.path("model_type").asText("");
    if (!type.equals("llama")) {
      throw unsupported("model_type \"" + type + "\", readable is \"llama\"");
    }
    String activation = json.path("hidden_act").asText("silu");
    if (!activation.equals("silu")) {
      throw unsupported("hidden_act \"" + activation + "\", expected \"silu\"");
    }
    for (String bias : new String[]{"attention_bias", "mlp_bias"}) {
      if (json.path(bias).asBoolean(false)) {
        throw unsupported(bias + " true");
      }
    }
    for (String rope : new String[]{"rope_scaling", "rope_parameters"}) {
      JsonNode node = json.path(rope);
      String kind = node.path("rope_type").asText(node.path("type").asText("default"));
      if (!kind.equals("default")) {
        throw unsupported(rope + " of type \"" + kind + "\"");
      }
    }
  }

  private static double ropeBase(JsonNode json) {
    JsonNode nested = json.path("rope_parameters").path("rope_theta");
    return positive("rope_theta", nested.isNumber() ? nested.asDouble() : json.path("rope_theta").asDouble(10_000));
  }

  /** Reads the {@code llama.*} keys; the head is tied when the file has no {@code output.weight}. */
  static LlamaConfig of(GgufFile gguf) {
    Map<String, Object> metadata = gguf.metadata();
    Object architecture = metadata.get("general.architecture");
    if (!"llama".equals(architecture)) {
      throw unsupported("GGUF architecture \"" + architecture + "\", readable is \"llama\"");
    }
    refuseUnexpressed(gguf);
    int hidden = number(metadata, "llama.embedding_length", null);
    int heads = number(metadata, "llama.attention.head_count", null);
    int headDim = number(metadata, "llama.attention.key_length", hidden / heads);
    int rotated = number(metadata, "llama.rope.dimension_count", headDim);
    if (rotated != headDim) {
      throw unsupported("llama.rope.dimension_count " + rotated + " differs from the head's " + headDim);
    }
    TensorInfo embedding = gguf.require("token_embd.weight");
    LlamaShape shape = new LlamaShape(hidden, number(metadata, "llama.block_count", null), heads,
        number(metadata, "llama.attention.head_count_kv", heads), headDim,
        number(metadata, "llama.feed_forward_length", null),
        inRange("rows of token_embd.weight", embedding.shape().isEmpty() ? 0 : embedding.shape().getFirst()));
    return config(shape, real(metadata, "llama.attention.layer_norm_rms_epsilon", 1e-5),
        real(metadata, "llama.rope.freq_base", 10_000), !gguf.tensors().containsKey("output.weight"),
        number(metadata, "llama.context_length", null));
  }

  private static void refuseUnexpressed(GgufFile gguf) {
    Map<String, Object> metadata = gguf.metadata();
    Object scaling = metadata.getOrDefault("llama.rope.scaling.type", "none");
    if (!scaling.equals("none")) {
      throw unsupported("llama.rope.scaling.type \"" + scaling + "\"");
    }
    if (metadata.get("llama.expert_count") instanceof Long experts && experts > 0) {
      throw unsupported("llama.expert_count " + experts);
    }
    for (String name : gguf.tensors().keySet()) {
      if (name.equals("rope_freqs.weight") || (name.startsWith("blk.") && name.endsWith(".bias"))) {
        throw unsupported("tensor " + name);
      }
    }
  }

  private record LlamaShape(int hidden, int layers, int heads, int kvHeads, int headDim, int intermediate,
      int vocabulary) {}

  private static LlamaConfig config(LlamaShape shape, double eps, double ropeBase, boolean tied, int context) {
    if (shape.heads() % shape.kvHeads() != 0) {
      throw unsupported(shape.heads() + " query heads cannot share " + shape.kvHeads() + " KV heads evenly");
    }
    if (shape.headDim() % 2 != 0) {
      throw unsupported("head width " + shape.headDim() + " is odd");
    }
    return new LlamaConfig(shape.hidden(), shape.layers(), shape.heads(), shape.kvHeads(), shape.headDim(),
        shape.intermediate(), shape.vocabulary(), eps, ropeBase, tied, context);
  }

  private static int size(JsonNode json, String key, @Nullable Integer otherwise) {
    JsonNode node = json.path(key);
    if (node.isIntegralNumber() && node.canConvertToLong()) {
      return inRange(key, node.asLong());
    }
    if (otherwise != null && (node.isMissingNode() || node.isNull())) {
      return otherwise;
    }
    throw unsupported(key + " is " + (node.isMissingNode() ? "missing" : "not a whole number"));
  }

  private static int number(Map<String, Object> metadata, String key, @Nullable Integer otherwise) {
    Object value = metadata.get(key);
    if (value instanceof Long number) {
      return inRange(key, number);
    }
    if (value == null && otherwise != null) {
      return otherwise;
    }
    throw unsupported(key + " is " + (value == null ? "missing" : "not a whole number"));
  }

  private static int inRange(String key, long value) {
    if (value < 1 || value > MAX_SIZE) {
      throw unsupported(key + " is " + value + ", expected 1 to " + MAX_SIZE);
    }
    return (int) value;
  }

  private static double real(Map<String, Object> metadata, String key, double otherwise) {
    // The shortest decimal of the float: what the file's maker wrote, 1e-5 and not 9.999999747378752e-6.
    return positive(key,
        metadata.get(key) instanceof Number number ? Double.parseDouble(number.toString()) : otherwise);
  }

  private static double positive(String key, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw unsupported(key + " is " + value + ", expected a positive number");
    }
    return value;
  }

  private static CheckpointException unsupported(String what) {
    return new CheckpointException("config_unsupported", "decoder configuration: " + what);
  }
}

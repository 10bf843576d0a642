package org.clarion.models.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.clarion.models.architecture.LlamaConfig;

/**
 * Reads a decoder's shape from {@code config.json} or GGUF metadata. What {@link LlamaConfig} cannot express (scaled
 * rotary positions, biases, experts, another activation) is refused by name: ignoring it would give wrong text.
 */
final class LlamaConfigs {
  private LlamaConfigs() {}

  /** Reads both today's keys and the first ones ({@code max_sequence_length}, no {@code rope_theta}). */
  static LlamaConfig huggingFace(JsonNode json) {
    refuseUnlessLlama(json);
    int hidden = ConfigNumbers.size(json, "hidden_size", null);
    int heads = ConfigNumbers.size(json, "num_attention_heads", null);
    if (hidden % heads != 0 && !json.hasNonNull("head_dim")) {
      throw ConfigNumbers.unsupported("hidden_size " + hidden + " is not a multiple of num_attention_heads " + heads);
    }
    int context = json.has("max_position_embeddings")
        ? ConfigNumbers.size(json, "max_position_embeddings", null)
        : ConfigNumbers.size(json, "max_sequence_length", 2048);
    return config(new LlamaShape(hidden, ConfigNumbers.size(json, "num_hidden_layers", null), heads,
        ConfigNumbers.size(json, "num_key_value_heads", heads), ConfigNumbers.size(json, "head_dim", hidden / heads),
        ConfigNumbers.size(json, "intermediate_size", null), ConfigNumbers.size(json, "vocab_size", null)),
        ConfigNumbers.positive("rms_norm_eps", json.path("rms_norm_eps").asDouble(1e-6)), ConfigNumbers.ropeBase(json),
        json.path("tie_word_embeddings").asBoolean(false), context);
  }

  private static void refuseUnlessLlama(JsonNode json) {
    String type = json.path("model_type").asText("");
    if (!type.equals("llama")) {
      throw ConfigNumbers.unsupported("model_type \"" + type + "\", readable are \"llama\" and \"falcon\"");
    }
    String activation = json.path("hidden_act").asText("silu");
    if (!activation.equals("silu")) {
      throw ConfigNumbers.unsupported("hidden_act \"" + activation + "\", expected \"silu\"");
    }
    for (String bias : new String[]{"attention_bias", "mlp_bias"}) {
      if (json.path(bias).asBoolean(false)) {
        throw ConfigNumbers.unsupported(bias + " true");
      }
    }
  }

  /** Reads the {@code llama.*} keys; the head is tied when the file has no {@code output.weight}. */
  static LlamaConfig of(GgufFile gguf) {
    Map<String, Object> metadata = gguf.metadata();
    Object architecture = metadata.get("general.architecture");
    if (!"llama".equals(architecture)) {
      throw ConfigNumbers.unsupported("GGUF architecture \"" + architecture + "\", readable is \"llama\"");
    }
    refuseUnexpressed(gguf);
    int hidden = ConfigNumbers.number(metadata, "llama.embedding_length", null);
    int heads = ConfigNumbers.number(metadata, "llama.attention.head_count", null);
    int headDim = ConfigNumbers.number(metadata, "llama.attention.key_length", hidden / heads);
    int rotated = ConfigNumbers.number(metadata, "llama.rope.dimension_count", headDim);
    if (rotated != headDim) {
      throw ConfigNumbers.unsupported("llama.rope.dimension_count " + rotated + " differs from the head's " + headDim);
    }
    TensorInfo embedding = gguf.require("token_embd.weight");
    LlamaShape shape = new LlamaShape(hidden, ConfigNumbers.number(metadata, "llama.block_count", null), heads,
        ConfigNumbers.number(metadata, "llama.attention.head_count_kv", heads), headDim,
        ConfigNumbers.number(metadata, "llama.feed_forward_length", null),
        ConfigNumbers.inRange("rows of token_embd.weight",
            embedding.shape().isEmpty() ? 0 : embedding.shape().getFirst()));
    return config(shape, ConfigNumbers.real(metadata, "llama.attention.layer_norm_rms_epsilon", 1e-5),
        ConfigNumbers.real(metadata, "llama.rope.freq_base", 10_000), !gguf.tensors().containsKey("output.weight"),
        ConfigNumbers.number(metadata, "llama.context_length", null));
  }

  private static void refuseUnexpressed(GgufFile gguf) {
    Map<String, Object> metadata = gguf.metadata();
    Object scaling = metadata.getOrDefault("llama.rope.scaling.type", "none");
    if (!scaling.equals("none")) {
      throw ConfigNumbers.unsupported("llama.rope.scaling.type \"" + scaling + "\"");
    }
    if (metadata.get("llama.expert_count") instanceof Long experts && experts > 0) {
      throw ConfigNumbers.unsupported("llama.expert_count " + experts);
    }
    for (String name : gguf.tensors().keySet()) {
      if (name.equals("rope_freqs.weight") || (name.startsWith("blk.") && name.endsWith(".bias"))) {
        throw ConfigNumbers.unsupported("tensor " + name);
      }
    }
  }

  private record LlamaShape(int hidden, int layers, int heads, int kvHeads, int headDim, int intermediate,
      int vocabulary) {}

  private static LlamaConfig config(LlamaShape shape, double eps, double ropeBase, boolean tied, int context) {
    ConfigNumbers.checkHeads(shape.heads(), shape.kvHeads(), shape.headDim());
    return new LlamaConfig(shape.hidden(), shape.layers(), shape.heads(), shape.kvHeads(), shape.headDim(),
        shape.intermediate(), shape.vocabulary(), eps, ropeBase, tied, context);
  }
}

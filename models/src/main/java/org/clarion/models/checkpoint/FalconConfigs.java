package org.clarion.models.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import org.clarion.models.architecture.FalconConfig;

/**
 * Reads a Falcon decoder's shape from {@code config.json}, with the keys of today's Hugging Face library or those of
 * the files published first ({@code RefinedWeb} for 40B, {@code RefinedWebModel} for 7B). What {@link FalconConfig}
 * cannot express (ALiBi positions, biases, sequential blocks) is refused by name.
 */
final class FalconConfigs {
  private static final String FIRST_40B = "RefinedWeb";
  private static final Set<String> TYPES = Set.of("falcon", FIRST_40B, "RefinedWebModel");

  private FalconConfigs() {}

  /** Whether the file describes a Falcon decoder. */
  static boolean describes(JsonNode json) {
    return TYPES.contains(json.path("model_type").asText(""));
  }

  static FalconConfig huggingFace(JsonNode json) {
    // Grouped KV heads. Older models have one for all query heads, or one for each.
    boolean grouped = json.path("new_decoder_architecture").asBoolean(
        json.path("model_type").asText("").equals(FIRST_40B));
    refuseUnexpressed(json, grouped);
    int hidden = ConfigNumbers.size(json, "hidden_size", null);
    int heads = ConfigNumbers.size(json, either(json, "num_attention_heads", "n_head"), null);
    if (hidden % heads != 0) {
      throw ConfigNumbers.unsupported("hidden_size " + hidden + " is not a multiple of num_attention_heads " + heads);
    }
    int kvHeads = grouped
        ? ConfigNumbers.size(json, either(json, "num_kv_heads", "n_head_kv"), heads)
        : json.path("multi_query").asBoolean(true) ? 1 : heads;
    ConfigNumbers.checkHeads(heads, kvHeads, hidden / heads);
    return new FalconConfig(hidden, ConfigNumbers.size(json, either(json, "num_hidden_layers", "n_layer"), null), heads,
        kvHeads, hidden / heads, ConfigNumbers.size(json, "ffn_hidden_size", 4 * hidden),
        ConfigNumbers.size(json, "vocab_size", null),
        ConfigNumbers.positive("layer_norm_epsilon", json.path("layer_norm_epsilon").asDouble(1e-5)),
        ConfigNumbers.ropeBase(json), json.path("tie_word_embeddings").asBoolean(true),
        ConfigNumbers.size(json, "max_position_embeddings", 2048));
  }

  private static void refuseUnexpressed(JsonNode json, boolean grouped) {
    for (String key : new String[]{"alibi", "bias", "apply_residual_connection_post_layernorm"}) {
      if (json.path(key).asBoolean(false)) {
        throw ConfigNumbers.unsupported(key + " true");
      }
    }
    if (!grouped && !json.path("parallel_attn").asBoolean(true)) {
      throw ConfigNumbers.unsupported("parallel_attn false");
    }
    String activation = json.path("activation").asText("gelu");
    if (!activation.equals("gelu")) {
      throw ConfigNumbers.unsupported("activation \"" + activation + "\", expected \"gelu\"");
    }
  }

  private static String either(JsonNode json, String today, String first) {
    return json.has(first) && !json.has(today) ? first : today;
  }
}

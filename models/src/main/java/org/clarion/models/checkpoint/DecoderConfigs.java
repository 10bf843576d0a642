package org.clarion.models.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.FalconConfig;
import org.clarion.models.architecture.LlamaConfig;

/** A decoder's shape as JSON with the keys of a Hugging Face {@code config.json}. */
public final class DecoderConfigs {
  private DecoderConfigs() {}

  /**
   * Reads a shape.
   *
   * @throws CheckpointException
   *           {@code config_unsupported} when no graph of ours has it, {@code checkpoint_malformed} when it is no JSON
   */
  static DecoderConfig parse(String json) {
    return of(JsonFiles.parse("decoder configuration", json.getBytes(StandardCharsets.UTF_8)));
  }

  static DecoderConfig of(JsonNode json) {
    return FalconConfigs.describes(json) ? FalconConfigs.huggingFace(json) : LlamaConfigs.huggingFace(json);
  }

  /**
   * Writes a shape.
   *
   * @throws CheckpointException
   *           {@code config_unsupported} when these keys cannot say it
   */
  public static String json(DecoderConfig config) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    switch (config) {
      case LlamaConfig llama -> json.put("model_type", "llama").put("num_key_value_heads", llama.kvHeads())
          .put("head_dim", llama.headDim()).put("intermediate_size", llama.intermediate())
          .put("rms_norm_eps", llama.rmsEps());
      case FalconConfig falcon -> json.put("model_type", "falcon").put("new_decoder_architecture", true)
          .put("num_kv_heads", falcon.kvHeads()).put("ffn_hidden_size", falcon.intermediate())
          .put("layer_norm_epsilon", falcon.normEps());
    }
    String text = json.put("hidden_size", config.hidden()).put("num_hidden_layers", config.layers())
        .put("num_attention_heads", config.heads()).put("vocab_size", config.vocabulary())
        .put("rope_theta", config.ropeBase()).put("tie_word_embeddings", config.tiedHead())
        .put("max_position_embeddings", config.maxContext()).toString();
    if (!parse(text).equals(config)) {
      throw ConfigNumbers.unsupported("heads of " + config.headDim() + " in a width of " + config.hidden());
    }
    return text;
  }
}

package org.clarion.models.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.clarion.models.architecture.LlamaConfig;

/**
 * Weights of a LLaMA-family decoder under Hugging Face names ({@code model.layers.N.self_attn.q_proj.weight}, ...),
 * rotary pairs half-split, {@code lm_head.weight} only when the head is not tied. Rotary frequencies stored in files
 * are ignored.
 */
public record LlamaWeights(LlamaConfig config, Checkpoint checkpoint) implements DecoderWeights {
  /**
   * Checks names and shapes.
   *
   * @throws CheckpointException
   *           {@code checkpoint_mismatch}, which lists every missing or mis-shaped tensor
   */
  public LlamaWeights {
    expected(config).require(checkpoint, "decoder");
  }

  static ExpectedTensors expected(LlamaConfig config) {
    long query = (long) config.heads() * config.headDim();
    long keyValue = (long) config.kvHeads() * config.headDim();
    ExpectedTensors all = new ExpectedTensors();
    all.add("model.embed_tokens.weight", config.vocabulary(), config.hidden());
    for (int layer = 0; layer < config.layers(); layer++) {
      String block = "model.layers." + layer + ".";
      all.add(block + "input_layernorm.weight", config.hidden());
      all.add(block + "self_attn.q_proj.weight", query, config.hidden());
      all.add(block + "self_attn.k_proj.weight", keyValue, config.hidden());
      all.add(block + "self_attn.v_proj.weight", keyValue, config.hidden());
      all.add(block + "self_attn.o_proj.weight", config.hidden(), query);
      all.add(block + "post_attention_layernorm.weight", config.hidden());
      all.add(block + "mlp.gate_proj.weight", config.intermediate(), config.hidden());
      all.add(block + "mlp.up_proj.weight", config.intermediate(), config.hidden());
      all.add(block + "mlp.down_proj.weight", config.hidden(), config.intermediate());
    }
    all.add("model.norm.weight", config.hidden());
    if (!config.tiedHead()) {
      all.add("lm_head.weight", config.vocabulary(), config.hidden());
    }
    return all;
  }

  /** Only what the decoder needs, in its order. */
  static DecoderView view(Checkpoint opened, LlamaConfig config) {
    Map<String, String> stored = DecoderNames.plain(opened);
    List<ViewCheckpoint.Source> shown = new ArrayList<>();
    for (String name : expected(config).shapes().keySet()) {
      String source = stored.get(name);
      if (source != null) {
        shown.add(ViewCheckpoint.Source.Whole.of(opened, source, name));
      }
    }
    return DecoderView.of(config, expected(config), new ViewCheckpoint(shown, List.of(opened)));
  }

  static DecoderView ggufView(GgufFile gguf, LlamaConfig config) {
    List<ViewCheckpoint.Source> shown = new ArrayList<>();
    for (String name : expected(config).shapes().keySet()) {
      String stored = ggufName(name);
      TensorInfo info = gguf.tensors().get(stored);
      if (info == null) {
        continue;
      }
      boolean rotary = name.endsWith("q_proj.weight") || name.endsWith("k_proj.weight");
      shown.add(rotary
          ? new ViewCheckpoint.Source.HalfSplit(gguf, stored, info.named(name), config.headDim())
          : ViewCheckpoint.Source.Whole.of(gguf, stored, name));
    }
    return DecoderView.of(config, expected(config), new ViewCheckpoint(shown, List.of(gguf)));
  }

  private static String ggufName(String name) {
    return name.replace("model.embed_tokens", "token_embd").replace("model.norm", "output_norm")
        .replace("lm_head", "output").replace("model.layers.", "blk.").replace("input_layernorm", "attn_norm")
        .replace("post_attention_layernorm", "ffn_norm").replace("self_attn.o_proj", "attn_output")
        .replaceFirst("self_attn\\.([qkv])_proj", "attn_$1").replaceFirst("mlp\\.(gate|up|down)_proj", "ffn_$1");
  }
}

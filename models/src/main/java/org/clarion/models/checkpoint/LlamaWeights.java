package org.clarion.models.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.clarion.models.architecture.LlamaConfig;

/**
 * Weights of a LLaMA-family decoder under Hugging Face names ({@code model.layers.N.self_attn.q_proj.weight}, ...),
 * rotary pairs half-split, {@code lm_head.weight} only when the head is not tied. Having one means that every tensor is
 * there in its shape. Values are not read until asked for; rotary frequencies stored in files are ignored.
 *
 * <p>
 * Thread-safe until closed; closing closes the files.
 */
public record LlamaWeights(LlamaConfig config, Checkpoint checkpoint) implements AutoCloseable {
  private static final List<String> PREFIXES = List.of("llama_model.", "llm_model.");

  /**
   * Checks names and shapes.
   *
   * @throws CheckpointException
   *           {@code checkpoint_mismatch}, which lists every missing or mis-shaped tensor
   */
  public LlamaWeights {
    List<String> faults = expected(config).faults(checkpoint);
    if (!faults.isEmpty()) {
      throw new CheckpointException("checkpoint_mismatch",
          faults.size() + " tensors do not fit the decoder: " + String.join("; ", faults));
    }
  }

  /**
   * Opens a GGUF file, a Hugging Face folder, or a safetensors or torch file with {@code config.json} beside it.
   *
   * @throws CheckpointException
   *           besides the readers' codes {@code checkpoint_mismatch}, {@code config_missing} and
   *           {@code config_unsupported}
   */
  public static LlamaWeights open(Path path) {
    Checkpoint opened = Checkpoints.open(path);
    try {
      if (opened instanceof GgufFile gguf) {
        return new LlamaWeights(LlamaConfigs.of(gguf), ggufView(gguf, LlamaConfigs.of(gguf)));
      }
      Path folder = Files.isDirectory(path) ? path : path.resolveSibling(".");
      LlamaConfig config = LlamaConfigs.huggingFace(folder.resolve("config.json"));
      return new LlamaWeights(config, huggingFaceView(opened, config));
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /** Weights made up from a seed: matrices with deviation 0.02, norms 1. The same on every machine. */
  public static LlamaWeights random(LlamaConfig config, long seed) {
    List<RandomCheckpoint.Tensor> tensors = new ArrayList<>();
    expected(config).shapes().forEach((name, shape) -> tensors.add(new RandomCheckpoint.Tensor(name, shape,
        name.endsWith("norm.weight") ? new RandomCheckpoint.Constant(1) : new RandomCheckpoint.Normal(0.02f))));
    return new LlamaWeights(config, new RandomCheckpoint(seed, tensors));
  }

  /** Closes the files. */
  @Override
  public void close() {
    checkpoint.close();
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

  /** Only what the decoder needs, in its order; a prefix that wraps the whole model is taken off. */
  private static Checkpoint huggingFaceView(Checkpoint opened, LlamaConfig config) {
    Map<String, String> stored = new LinkedHashMap<>();
    for (String name : opened.tensors().keySet()) {
      String plain = PREFIXES.stream().filter(name::startsWith).findFirst().map(p -> name.substring(p.length()))
          .orElse(name);
      String twin = stored.putIfAbsent(plain, name);
      if (twin != null) {
        throw new CheckpointException("checkpoint_mismatch", twin + " and " + name + " are the same tensor twice");
      }
    }
    List<ViewCheckpoint.Source> shown = new ArrayList<>();
    for (String name : expected(config).shapes().keySet()) {
      String source = stored.get(name);
      if (source != null) {
        shown.add(ViewCheckpoint.Source.Whole.of(opened, source, name));
      }
    }
    return new ViewCheckpoint(shown, List.of(opened));
  }

  private static Checkpoint ggufView(GgufFile gguf, LlamaConfig config) {
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
    return new ViewCheckpoint(shown, List.of(gguf));
  }

  private static String ggufName(String name) {
    return name.replace("model.embed_tokens", "token_embd").replace("model.norm", "output_norm")
        .replace("lm_head", "output").replace("model.layers.", "blk.").replace("input_layernorm", "attn_norm")
        .replace("post_attention_layernorm", "ffn_norm").replace("self_attn.o_proj", "attn_output")
        .replaceFirst("self_attn\\.([qkv])_proj", "attn_$1").replaceFirst("mlp\\.(gate|up|down)_proj", "ffn_$1");
  }
}

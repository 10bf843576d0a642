package org.clarion.models.checkpoint;

import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.EvaConfig.QFormer;

/** The tensors of EVA-ViT, Q-Former and projection, and the ways in which files name them. */
final class EvaNames {
  private static final String FUSED_BIAS = ".attn.qkv.bias";

  private EvaNames() {}

  /**
   * Every tensor of the graph under its LAVIS name.
   *
   * @param positions
   *          rows of the position embedding, or {@link ExpectedTensors#ANY}
   * @param llmHidden
   *          rows of the projection, or {@link ExpectedTensors#ANY}
   */
  static ExpectedTensors expected(EvaConfig config, long positions, long llmHidden) {
    ExpectedTensors all = new ExpectedTensors();
    int width = config.width();
    all.add("visual_encoder.cls_token", 1, 1, width);
    all.add("visual_encoder.pos_embed", 1, positions, width);
    all.add("visual_encoder.patch_embed.proj.weight", width, 3, config.patch(), config.patch());
    all.add("visual_encoder.patch_embed.proj.bias", width);
    for (int block = 0; block < config.blocks(); block++) {
      block(all, "visual_encoder.blocks." + block, config);
    }
    all.norm("ln_vision", width);
    if (config.bridge() instanceof QFormer former) {
      all.add("query_tokens", 1, former.queries(), former.width());
      all.norm("Qformer.bert.embeddings.LayerNorm", former.width());
      for (int layer = 0; layer < former.layers(); layer++) {
        layer(all, "Qformer.bert.encoder.layer." + layer, layer % 2 == 0, former, width);
      }
    }
    all.add("llama_proj.weight", llmHidden, config.featureWidth()).add("llama_proj.bias", llmHidden);
    return all;
  }

  private static void block(ExpectedTensors all, String name, EvaConfig config) {
    int width = config.width();
    all.norm(name + ".norm1", width);
    all.add(name + ".attn.q_bias", width).add(name + ".attn.v_bias", width);
    all.add(name + ".attn.qkv.weight", 3L * width, width);
    all.linear(name + ".attn.proj", width, width);
    all.norm(name + ".norm2", width);
    all.linear(name + ".mlp.fc1", config.mlp(), width).linear(name + ".mlp.fc2", width, config.mlp());
  }

  private static void layer(ExpectedTensors all, String name, boolean cross, QFormer former, int seen) {
    attention(all, name + ".attention", former.width(), former.width());
    if (cross) {
      attention(all, name + ".crossattention", former.width(), seen);
    }
    all.linear(name + ".intermediate_query.dense", former.mlp(), former.width());
    all.linear(name + ".output_query.dense", former.width(), former.mlp());
    all.norm(name + ".output_query.LayerNorm", former.width());
  }

  private static void attention(ExpectedTensors all, String name, int width, int source) {
    all.linear(name + ".self.query", width, width);
    all.linear(name + ".self.key", width, source).linear(name + ".self.value", width, source);
    all.linear(name + ".output.dense", width, width).norm(name + ".output.LayerNorm", width);
  }

  /** Shows one file's tensors under LAVIS names; a fused qkv bias is split, its key part must be zero. */
  static Checkpoint lavis(Checkpoint file) {
    SequencedMap<String, ViewCheckpoint.Source> shown = new LinkedHashMap<>();
    for (String original : file.tensors().keySet()) {
      String name = lavisName(original);
      if (name.endsWith(FUSED_BIAS)) {
        splitBias(file, original, name, shown);
      } else {
        show(shown, ViewCheckpoint.Source.Whole.of(file, original, name));
      }
    }
    return new ViewCheckpoint(List.copyOf(shown.values()), List.of(file));
  }

  private static void show(SequencedMap<String, ViewCheckpoint.Source> shown, ViewCheckpoint.Source source) {
    if (shown.put(source.info().name(), source) != null) {
      throw new CheckpointException("checkpoint_mismatch", "two tensors of one file are " + source.info().name());
    }
  }

  private static void splitBias(Checkpoint file, String original, String name,
      SequencedMap<String, ViewCheckpoint.Source> shown) {
    TensorInfo fused = file.require(original);
    if (fused.shape().size() != 1 || fused.elements() % 3 != 0 || fused.elements() > 1 << 24) {
      throw new CheckpointException("checkpoint_mismatch",
          original + " has shape " + fused.shape() + ", expected three equal parts");
    }
    int width = (int) (fused.elements() / 3);
    FloatBuffer key = FloatBuffer.allocate(width);
    file.readRows(original, width, width, key);
    for (float value : key.array()) {
      if (value != 0) {
        throw new CheckpointException("checkpoint_mismatch",
            original + " has a key bias; EVA-ViT has none, so this is another model");
      }
    }
    String block = name.substring(0, name.length() - FUSED_BIAS.length());
    show(shown, part(file, original, block + ".attn.q_bias", 0, width));
    show(shown, part(file, original, block + ".attn.v_bias", 2L * width, width));
  }

  private static ViewCheckpoint.Source part(Checkpoint file, String original, String name, long start, long count) {
    TensorInfo info = new TensorInfo(name, file.require(original).type(), List.of(count));
    return new ViewCheckpoint.Source.Slice(file, original, info, start);
  }

  /** The LAVIS name of a tensor, whichever layout it comes from; unknown names stay as they are. */
  static String lavisName(String name) {
    if (name.equals("cls_token") || name.equals("pos_embed") || name.startsWith("patch_embed.")
        || name.startsWith("blocks.")) {
      return "visual_encoder." + name;
    }
    if (name.startsWith("vision_model.")) {
      return huggingFaceVision(name);
    }
    if (name.startsWith("qformer.")) {
      return name.replace("qformer.layernorm.", "Qformer.bert.embeddings.LayerNorm.")
          .replace("qformer.encoder.", "Qformer.bert.encoder.").replace("attention.attention.", "attention.self.");
    }
    return TowerFiles.projectionName(name);
  }

  private static String huggingFaceVision(String name) {
    return name.replace("vision_model.post_layernorm", "ln_vision")
        .replace("vision_model.embeddings.class_embedding", "visual_encoder.cls_token")
        .replace("vision_model.embeddings.position_embedding", "visual_encoder.pos_embed")
        .replace("vision_model.embeddings.patch_embedding", "visual_encoder.patch_embed.proj")
        .replace("vision_model.encoder.layers.", "visual_encoder.blocks.").replace(".layer_norm", ".norm")
        .replace(".self_attn.qkv.", ".attn.qkv.").replace(".self_attn.projection.", ".attn.proj.");
  }

  /**
   * Reads off a tower's sizes; attention heads leave no trace in shapes.
   *
   * @param lavis
   *          under LAVIS names
   * @throws CheckpointException
   *           {@code tensor_missing} or {@code checkpoint_mismatch} when a tensor that tells a size is missing or has
   *           another number of axes
   */
  static EvaConfig sizes(Checkpoint lavis, int heads, int qHeads) {
    String layer = "Qformer.bert.encoder.layer.";
    QFormer former = new QFormer(size(lavis, "query_tokens", 3, 1), size(lavis, "query_tokens", 3, 2),
        count(lavis, layer, ".attention.self.query.weight"), qHeads,
        size(lavis, layer + "0.intermediate_query.dense.weight", 2, 0));
    return new EvaConfig(size(lavis, "visual_encoder.patch_embed.proj.weight", 4, 3),
        size(lavis, "visual_encoder.patch_embed.proj.weight", 4, 0),
        count(lavis, "visual_encoder.blocks.", ".norm1.weight"), heads,
        size(lavis, "visual_encoder.blocks.0.mlp.fc1.weight", 2, 0), former);
  }

  private static int size(Checkpoint lavis, String name, int axes, int axis) {
    List<Long> shape = lavis.require(name).shape();
    if (shape.size() != axes || shape.get(axis) < 1 || shape.get(axis) > 1 << 24) {
      throw new CheckpointException("checkpoint_mismatch",
          name + " has shape " + shape + ", expected " + axes + " axes");
    }
    return Math.toIntExact(shape.get(axis));
  }

  private static int count(Checkpoint lavis, String before, String after) {
    int count = 0;
    while (lavis.tensors().containsKey(before + count + after)) {
      count++;
    }
    return count;
  }
}

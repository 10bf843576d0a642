package org.clarion.models.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.clarion.models.architecture.FalconConfig;
import org.jspecify.annotations.Nullable;

/**
 * Weights of a Falcon decoder under Hugging Face names ({@code transformer.h.N.mlp.dense_h_to_4h.weight}, ...), with
 * two differences: the fused attention matrix, which files order by KV group, is shown as {@code self_attention.query},
 * {@code .key} and {@code .value}; and blocks with one norm show it twice, as {@code ln_attn} and {@code ln_mlp}.
 * Rotary pairs are half-split; {@code lm_head.weight} is there only when the head is not tied, though files may hold
 * both.
 */
public record FalconWeights(FalconConfig config, Checkpoint checkpoint) implements DecoderWeights {
  private static final String ROOT = "transformer.";

  /**
   * Checks names and shapes.
   *
   * @throws CheckpointException
   *           {@code checkpoint_mismatch}, which lists every missing or mis-shaped tensor
   */
  public FalconWeights {
    expected(config).require(checkpoint, "decoder");
  }

  static ExpectedTensors expected(FalconConfig config) {
    long query = (long) config.heads() * config.headDim();
    long keyValue = (long) config.kvHeads() * config.headDim();
    ExpectedTensors all = new ExpectedTensors();
    all.add("transformer.word_embeddings.weight", config.vocabulary(), config.hidden());
    for (int layer = 0; layer < config.layers(); layer++) {
      String block = "transformer.h." + layer + ".";
      all.norm(block + "ln_attn", config.hidden()).norm(block + "ln_mlp", config.hidden());
      all.add(block + "self_attention.query.weight", query, config.hidden());
      all.add(block + "self_attention.key.weight", keyValue, config.hidden());
      all.add(block + "self_attention.value.weight", keyValue, config.hidden());
      all.add(block + "self_attention.dense.weight", config.hidden(), query);
      all.add(block + "mlp.dense_h_to_4h.weight", config.intermediate(), config.hidden());
      all.add(block + "mlp.dense_4h_to_h.weight", config.hidden(), config.intermediate());
    }
    all.norm("transformer.ln_f", config.hidden());
    if (!config.tiedHead()) {
      all.add("lm_head.weight", config.vocabulary(), config.hidden());
    }
    return all;
  }

  /** Only what the decoder needs, in its order. */
  static DecoderView view(Checkpoint opened, FalconConfig config) {
    Map<String, String> stored = DecoderNames.plain(opened);
    List<ViewCheckpoint.Source> shown = new ArrayList<>();
    List<TensorFault> faults = new ArrayList<>();
    for (Map.Entry<String, List<Long>> tensor : expected(config).shapes().entrySet()) {
      String name = tensor.getKey();
      String source = source(stored, name);
      Part part = Part.of(name, config);
      if (source == null) {
        faults.add(new TensorFault(name, tensor.getValue(), null));
        continue;
      }
      TensorInfo info = opened.require(source);
      if (part == null) {
        shown.add(ViewCheckpoint.Source.Whole.of(opened, source, name));
        if (!info.shape().equals(tensor.getValue())) {
          faults.add(new TensorFault(name, tensor.getValue(), info.shape()));
        }
        continue;
      }
      List<Long> fused = List.of(part.stride() * config.kvHeads(), (long) config.hidden());
      if (info.shape().equals(fused)) {
        shown.add(new ViewCheckpoint.Source.Strided(opened, source,
            new TensorInfo(name, info.type(), tensor.getValue()), part.first(), part.run(), part.stride()));
      } else if (part.first() == 0) {
        // Listed once, as it is stored.
        shown.add(ViewCheckpoint.Source.Whole.of(opened, source, source));
        faults.add(new TensorFault(source, fused, info.shape()));
      }
    }
    return new DecoderView(config, new ViewCheckpoint(shown, List.of(opened)), faults);
  }

  /** Which rows of the fused matrix a tensor is: in each KV group first its queries, then its key, then its value. */
  private record Part(long first, long run, long stride) {
    static @Nullable Part of(String name, FalconConfig config) {
      long head = config.headDim();
      long queries = config.groupSize() * head;
      long stride = queries + 2 * head;
      if (name.endsWith("self_attention.query.weight")) {
        return new Part(0, queries, stride);
      }
      if (name.endsWith("self_attention.key.weight")) {
        return new Part(queries, head, stride);
      }
      return name.endsWith("self_attention.value.weight") ? new Part(queries + head, head, stride) : null;
    }
  }

  /** The stored tensor that one of ours is, or is part of; without the {@code transformer.} root in bare models. */
  private static @Nullable String source(Map<String, String> stored, String name) {
    String fused = name.replaceFirst("self_attention\\.(query|key|value)\\.", "self_attention.query_key_value.");
    String one = fused.replaceFirst("\\.ln_(attn|mlp)\\.", ".input_layernorm.");
    for (String candidate : List.of(fused, one)) {
      for (String rooted : List.of(candidate,
          candidate.startsWith(ROOT) ? candidate.substring(ROOT.length()) : candidate)) {
        if (stored.containsKey(rooted)) {
          return stored.get(rooted);
        }
      }
    }
    return null;
  }
}

package org.clarion.engine.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.EvaConfig.QFormer;
import org.clarion.models.architecture.LlamaConfig;

/** Shapes that can be measured with made-up weights, by name. */
public final class BenchShapes {
  private static final double EPS = 1e-5;
  private static final double ROPE = 10_000;

  private static final SequencedMap<String, LlamaConfig> DECODERS = new LinkedHashMap<>();
  private static final SequencedMap<String, EvaConfig> TOWERS = new LinkedHashMap<>();

  static {
    DECODERS.put("smollm2", new LlamaConfig(576, 30, 9, 3, 64, 1536, 49_152, EPS, 100_000, true, 8192));
    DECODERS.put("1.1b", new LlamaConfig(2048, 22, 32, 4, 64, 5632, 32_000, EPS, ROPE, false, 2048));
    DECODERS.put("7b", new LlamaConfig(4096, 32, 32, 32, 128, 11_008, 32_000, EPS, ROPE, false, 4096));
    DECODERS.put("13b", new LlamaConfig(5120, 40, 40, 40, 128, 13_824, 32_000, EPS, ROPE, false, 4096));
    TOWERS.put("eva-g", new EvaConfig(14, 1408, 39, 16, 6144, new QFormer(32, 768, 12, 12, 3072)));
    TOWERS.put("eva-small", new EvaConfig(14, 192, 4, 6, 768, new QFormer(32, 192, 4, 6, 768)));
  }

  private BenchShapes() {}

  /** SmolLM2-135M, TinyLlama's 1.1B, LLaMA 7B and 13B. */
  public static SequencedMap<String, LlamaConfig> decoders() {
    return Collections.unmodifiableSequencedMap(DECODERS);
  }

  /** EVA-ViT-g with BLIP-2's Q-Former, and a small tower for trying. */
  public static SequencedMap<String, EvaConfig> towers() {
    return Collections.unmodifiableSequencedMap(TOWERS);
  }
}

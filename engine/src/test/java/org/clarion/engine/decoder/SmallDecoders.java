package org.clarion.engine.decoder;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.engine.collective.Collectives;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.FalconConfig;
import org.clarion.models.architecture.LlamaConfig;
import org.clarion.models.checkpoint.DecoderWeights;

/** Small random decoders and the steps that tests need. */
final class SmallDecoders {
  /** Nine query heads on three KV heads, as SmolLM2 has them, and a tied head. */
  static final FalconConfig FALCON = new FalconConfig(64, 2, 8, 2, 8, 128, 131, 1e-5, 1e4, true, 128);
  static final LlamaConfig NINE_HEADS = new LlamaConfig(72, 3, 9, 3, 8, 100, 130, 1e-5, 1e4, true, 128);

  private SmallDecoders() {}

  /** A program of libtorch's, whatever else there is. */
  static Decoder load(DecoderConfig config, Precision precision, int arena) {
    try (DecoderWeights weights = DecoderWeights.random(config, 5)) {
      return ScriptDecoder.load(weights, new DecoderOptions(precision, arena, 1), Collectives.single());
    }
  }

  static int[] tokens(int count, int seed) {
    return IntStream.range(0, count).map(i -> (i * 31 + seed * 17 + 7) % NINE_HEADS.vocabulary()).toArray();
  }

  static PrefillRow prefill(int[] tokens, int position, int extent) {
    return new PrefillRow(tokens, position, extent, List.of(), true);
  }

  static DecoderStep prefills(PrefillRow... rows) {
    return new DecoderStep(List.of(rows), List.of());
  }

  static DecoderStep decodes(DecodeRow... rows) {
    return new DecoderStep(List.of(), List.of(rows));
  }

  /** All logits of a step. */
  static List<float[]> logits(Decoder decoder, DecoderStep step) {
    try (StepLogits logits = decoder.step(step)) {
      List<float[]> rows = new ArrayList<>();
      for (int i = 0; i < logits.rows(); i++) {
        rows.add(logits.row(i));
      }
      return rows;
    }
  }
}

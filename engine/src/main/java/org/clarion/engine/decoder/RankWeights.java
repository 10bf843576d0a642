package org.clarion.engine.decoder;

import java.util.function.Function;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.engine.kernel.KernelTensors;
import org.clarion.engine.kernel.LoadedWeights;
import org.clarion.models.checkpoint.CheckpointException;
import org.clarion.models.checkpoint.ConvertedDecoder;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.FalconWeights;
import org.clarion.models.checkpoint.LlamaWeights;

/** Brings one rank's weights to where the kernels compute with them. */
final class RankWeights {
  private RankWeights() {}

  /**
   * Packs or maps a rank's weights.
   *
   * @throws CheckpointException
   *           {@code converted_precision}, {@code converted_layout} or {@code converted_ranks} when they were converted
   *           for something else, {@code checkpoint_mismatch} or {@code tensor_missing} when a file is not what it says
   */
  static LoadedWeights<KernelWeights> load(KernelLibrary library, DecoderWeights weights, Precision precision,
      Collective collective) {
    Shard shard = Shard.of(weights.config(), collective.rank(), collective.size());
    Function<KernelTensors, KernelWeights> load = tensors -> KernelWeights.load(weights.config(), shard,
        KernelDecoder.kind(precision), tensors);
    return switch (weights) {
      case LlamaWeights _,FalconWeights _ -> LoadedWeights.pack(library, weights.checkpoint(), load);
      case ConvertedDecoder converted -> {
        LoadedWeights.check("the model", converted.header().packing(), KernelWeights.blocks(weights.config()),
            precision.word());
        yield LoadedWeights.map(library, converted.rank(collective.rank(), collective.size()), load);
      }
    };
  }
}

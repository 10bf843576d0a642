package org.clarion.engine.decoder;

import java.util.Optional;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.models.checkpoint.DecoderWeights;

/** Makes decoders. */
public final class Decoders {
  private Decoders() {}

  /**
   * Loads this rank's part of the weights; the calling thread owns the decoder from then on.
   *
   * @param weights
   *          checked already; not used afterwards
   * @param collective
   *          gives rank and number of ranks; stays the caller's to close
   * @throws IllegalArgumentException
   *           when the model cannot be cut over that many ranks, or nothing here multiplies such weights
   * @throws org.clarion.engine.script.EngineStartException
   *           when libtorch is missing, or has no such device
   */
  public static Decoder load(DecoderWeights weights, DecoderOptions options, Collective collective) {
    if (!options.device().cuda()) {
      Optional<KernelLibrary> kernels = KernelLibrary.host();
      if (kernels.isPresent() && useKernels(kernels.get(), options.precision())) {
        return KernelDecoder.load(kernels.get(), weights, options, collective);
      }
    }
    return ScriptDecoder.load(weights, options, collective);
  }

  private static boolean useKernels(KernelLibrary kernels, Precision precision) {
    return switch (precision) {
      case FLOAT32, FLOAT16 -> false;
      case BFLOAT16 -> kernels.multipliesBfloat16();
      case INT8, INT4 -> true;
    };
  }
}

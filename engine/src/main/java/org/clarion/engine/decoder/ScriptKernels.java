package org.clarion.engine.decoder;

import org.clarion.engine.script.Device;
import org.clarion.engine.script.Kernels;
import org.clarion.engine.script.ScriptModule;

/**
 * How a program computes.
 *
 * @param device
 *          where
 * @param kind
 *          libtorch's number of the weights' type
 * @param halved
 *          whether FBGEMM multiplies: float16 weights, float32 activations and sums
 * @param packed
 *          whether oneDNN does, with weights in its own layout
 * @param fused
 *          whether prompts go through the library's fused attention
 * @param levels
 *          the largest byte of an input where int8 weights are multiplied by bytes, else 0
 * @param threads
 *          intra-op threads
 */
record ScriptKernels(Device device, int kind, boolean halved, boolean packed, boolean fused, int levels, int threads) {
  private static final int FLOAT16 = 5;
  private static final int FLOAT32 = 6;
  private static final int BFLOAT16 = 15;

  /**
   * What suits the device: on a GPU everything is multiplied in the weights' own kind.
   *
   * @throws IllegalArgumentException
   *           for weights that no program multiplies: int4, and int8 on a GPU
   */
  static ScriptKernels of(DecoderOptions options) {
    Device device = options.device();
    if (device.cuda()) {
      device.require();
      return new ScriptKernels(device, kind(options), false, false, true, 0, options.threads());
    }
    return switch (options.precision()) {
      case INT8 -> bytes(options);
      case FLOAT16 -> new ScriptKernels(device, FLOAT16, true, false, false, 0, options.threads());
      case FLOAT32, BFLOAT16, INT4 -> {
        int kind = kind(options);
        yield new ScriptKernels(device, kind, false, Kernels.packedLinear(kind == BFLOAT16), false, 0,
            options.threads());
      }
    };
  }

  private static int kind(DecoderOptions options) {
    return switch (options.precision()) {
      case FLOAT32 -> FLOAT32;
      case FLOAT16 -> FLOAT16;
      case BFLOAT16 -> BFLOAT16;
      case INT8 -> throw new IllegalArgumentException("precision int8 is not there on " + options.device().name()
          + ": only processors multiply such weights; f32, f16 and bf16 work there");
      case INT4 ->
        throw new IllegalArgumentException("libtorch's programs have no int4 weights: these need the kernels "
            + "of our own, on a processor with AVX-512 VNNI and with a C compiler");
    };
  }

  /** libtorch's number of a type that is trained in. */
  static int kind(Precision precision) {
    return precision == Precision.BFLOAT16 ? BFLOAT16 : FLOAT32;
  }

  private static ScriptKernels bytes(DecoderOptions options) {
    int levels = Kernels.byteInputs().levels();
    if (levels == 0) {
      throw new IllegalArgumentException(
          "precision int8 is not there on this host: neither our own kernels nor libtorch's work; f32 does");
    }
    // Attention's products, which are not of bytes.
    int kind = PrecisionSetting.multipliesBfloat16() ? BFLOAT16 : FLOAT32;
    return new ScriptKernels(options.device(), kind, false, false, false, levels, options.threads());
  }

  void set(ScriptModule module) {
    // Probes may have run on this thread with their own number of threads.
    ScriptModule.useThreads(threads);
    module.run("set_kernels", device.name(), kind, halved, packed, fused, levels);
  }
}

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
 * @param threads
 *          intra-op threads
 */
record ScriptKernels(Device device, int kind, boolean halved, boolean packed, boolean fused, int threads) {
  private static final int FLOAT16 = 5;
  private static final int FLOAT32 = 6;
  private static final int BFLOAT16 = 15;

  /**
   * What suits the device: on a GPU everything is multiplied in the weights' own kind.
   *
   * @throws IllegalArgumentException
   *           for weights of integers, which no program multiplies
   */
  static ScriptKernels of(DecoderOptions options) {
    Device device = options.device();
    int kind = switch (options.precision()) {
      case FLOAT32 -> FLOAT32;
      case FLOAT16 -> FLOAT16;
      case BFLOAT16 -> BFLOAT16;
      case INT8, INT4 -> throw new IllegalArgumentException("libtorch's programs have no " + options.precision()
          + " weights: these need the kernels of our own, on a processor and with a C compiler");
    };
    if (device.cuda()) {
      device.require();
      return new ScriptKernels(device, kind, false, false, true, options.threads());
    }
    boolean halved = kind == FLOAT16;
    return new ScriptKernels(device, kind, halved, !halved && Kernels.packedLinear(kind == BFLOAT16), false,
        options.threads());
  }

  void set(ScriptModule module) {
    // Probes may have run on this thread with their own number of threads.
    ScriptModule.useThreads(threads);
    module.run("set_kernels", device.name(), kind, halved, packed, fused);
  }
}

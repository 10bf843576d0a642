package org.clarion.engine.script;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the processor's kernels can do, found out by trying once per process. Thread-safe. */
public final class Kernels {
  private static final Logger LOG = LoggerFactory.getLogger(Kernels.class);

  private static final String PROGRAM = """
      class KernelProbe(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        none : List[Optional[number]]

        def __getstate__(self: __torch__.KernelProbe) -> int:
          return 0

        def __setstate__(self: __torch__.KernelProbe, state: int) -> NoneType:
          self.training = False
          self.none = annotate(List[Optional[number]], [])
          return None

        def packed(self: __torch__.KernelProbe, kind: int) -> Tensor:
          w = ops.mkldnn._reorder_linear_weight(torch.ones([32, 32]).to(kind), None)
          return ops.mkldnn._linear_pointwise(torch.ones([2, 32]).to(kind), w, None, "none", self.none, "").to(6)

        def half(self: __torch__.KernelProbe) -> Tensor:
          w = ops.quantized.linear_prepack_fp16(torch.ones([32, 32]), None)
          return ops.quantized.linear_dynamic_fp16(torch.ones([2, 32]), w)
      """;

  private static final int FLOAT32 = 6;
  private static final int BFLOAT16 = 15;

  private Kernels() {}

  /**
   * Whether oneDNN's linear kernel with weights in its own layout works here: several times as fast as the plain one on
   * some processors, and absent on others.
   */
  public static boolean packedLinear(boolean bf16) {
    return bf16 ? Probe.BF16 : Probe.F32;
  }

  /** Whether FBGEMM's linear kernel works here: float16 weights, float32 activations and sums. */
  public static boolean halfLinear() {
    return Probe.F16;
  }

  private static final class Probe {
    static final boolean F32;
    static final boolean BF16;
    static final boolean F16;

    static {
      try (ScriptModule module = ScriptModule.loadText(PROGRAM, 1)) {
        F32 = works(module, "packed", FLOAT32);
        BF16 = works(module, "packed", BFLOAT16);
        F16 = works(module, "half");
      }
      LOG.info("linear kernels: oneDNN float32 {}, bfloat16 {}; FBGEMM float16 {}", F32, BF16, F16);
    }

    private static boolean works(ScriptModule module, String kernel, Object... arguments) {
      try {
        return module.callForFloats(kernel, arguments)[0] == 32;
      } catch (RuntimeException e) {
        LOG.info("kernel refused: {}", e.getMessage());
        return false;
      }
    }
  }
}

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

  private static final class Probe {
    static final boolean F32;
    static final boolean BF16;

    static {
      try (ScriptModule module = ScriptModule.loadText(PROGRAM, 1)) {
        F32 = works(module, FLOAT32);
        BF16 = works(module, BFLOAT16);
      }
      LOG.info("oneDNN packed linear kernels: float32 {}, bfloat16 {}", F32, BF16);
    }

    private static boolean works(ScriptModule module, int kind) {
      try {
        return module.callForFloats("packed", kind)[0] == 32;
      } catch (RuntimeException e) {
        LOG.info("oneDNN kernel refused: {}", e.getMessage());
        return false;
      }
    }
  }
}

package org.clarion.engine.script;

import java.util.List;
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

        def bytes(self: __torch__.KernelProbe, rows: int, levels: int) -> Tensor:
          w = ops.onednn.qlinear_prepack(torch.full([64, 128], 127, dtype=1), None)
          x = torch.full([rows, 128], 2 * levels + 1, dtype=0)
          return ops.onednn.qlinear_pointwise(x, 1., levels + 1, w, torch.ones([64]), torch.zeros([64], dtype=3), None,
                                              1., 0, 6, "none", self.none, "")
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

  /**
   * As far as inputs of byte products go from zero, for exact sums: 7 or 6 bits, and 0 where there are no such
   * products.
   */
  public enum ByteInputs {
    /** There is no such kernel. */
    NONE(0),
    /** Sums of pairs are kept in 16 bits, which products of 7 bits each would exceed: the processor has no VNNI. */
    SIX_BITS(63),
    /** Sums are kept in 32 bits. */
    SEVEN_BITS(127);

    private final int levels;

    ByteInputs(int levels) {
      this.levels = levels;
    }

    /** The largest input, and minus the smallest. */
    public int levels() {
      return levels;
    }
  }

  /** How oneDNN's kernel for int8 weights and inputs of unsigned bytes may be used here. */
  public static ByteInputs byteInputs() {
    return Probe.BYTES;
  }

  private static final class Probe {
    static final boolean F32;
    static final boolean BF16;
    static final boolean F16;
    static final ByteInputs BYTES;

    static {
      try (ScriptModule module = ScriptModule.loadText(PROGRAM, 1)) {
        F32 = works(module, "packed", FLOAT32);
        BF16 = works(module, "packed", BFLOAT16);
        F16 = works(module, "half");
        BYTES = bytes(module);
      }
      LOG.info("libtorch's linear kernels: oneDNN float32 {}, bfloat16 {}, int8 {}; FBGEMM float16 {}", F32, BF16,
          BYTES, F16);
    }

    /** The widest inputs with which sums come out right, for one row and for many. */
    private static ByteInputs bytes(ScriptModule module) {
      for (ByteInputs inputs : List.of(ByteInputs.SEVEN_BITS, ByteInputs.SIX_BITS)) {
        float sum = 128f * 127 * inputs.levels();
        if (gives(sum, module, "bytes", 1, inputs.levels()) && gives(sum, module, "bytes", 64, inputs.levels())) {
          return inputs;
        }
      }
      return ByteInputs.NONE;
    }

    private static boolean works(ScriptModule module, String kernel, Object... arguments) {
      return gives(32, module, kernel, arguments);
    }

    private static boolean gives(float expected, ScriptModule module, String kernel, Object... arguments) {
      try {
        return module.callForFloats(kernel, arguments)[0] == expected;
      } catch (RuntimeException e) {
        LOG.info("kernel refused: {}", e.getMessage());
        return false;
      }
    }
  }
}

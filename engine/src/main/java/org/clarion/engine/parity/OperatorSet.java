package org.clarion.engine.parity;

import ai.djl.pytorch.engine.PtNDArray;
import java.nio.file.Path;
import java.util.List;
import org.clarion.engine.script.Kernels;
import org.clarion.engine.script.ScriptModule;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.Checkpoints;

/** The building blocks, each computed in the way in which the programs do it. */
final class OperatorSet extends GoldenSet {
  private static final String FILE = "operators/operators.safetensors";
  private static final double TOLERANCE = 1e-5;
  private static final double NORM = 2e-5;
  private static final double ROPE = 1e-3;
  private static final double PATCH = 1e-4;
  private static final int FLOAT16 = 5;
  private static final int BFLOAT16 = 15;

  OperatorSet() {
    super("operators", List.of(FILE));
  }

  @Override
  protected void compare(Path fixtures, Comparison comparison) {
    try (Checkpoint golden = Checkpoints.open(fixtures.resolve(FILE));
        ScriptModule module = ScriptModule.load(OperatorSet.class, 1, "operators.py")) {
      new Run(golden, module, comparison).all();
    }
  }

  private record Run(Checkpoint golden, ScriptModule module, Comparison comparison) {
    void all() {
      norms();
      activations();
      rope();
      PtNDArray pixels = tensor("patch.input", 3, 28, 28);
      expect("patch.output", PATCH, "patches", pixels, tensor("patch.weight"), tensor("patch.bias"));
      PtNDArray q = tensor("attention.q");
      PtNDArray k = tensor("attention.k");
      PtNDArray v = tensor("attention.v");
      expect("attention.output", TOLERANCE, "attention", q, k, v);
      expect("attention.causal_last_rows", TOLERANCE, "causal", q, k, v);
      PtNDArray plain = tensor("rounding.input");
      expect("rounding.float16", 0, "round", plain, FLOAT16);
      expect("rounding.bfloat16", 0, "round", plain, BFLOAT16);
    }

    private void norms() {
      PtNDArray x = tensor("norm.input");
      PtNDArray gain = tensor("norm.weight");
      PtNDArray bias = tensor("norm.bias");
      expect("layer_norm.1e-05", NORM, "layer_norm", x, gain, bias, 1e-5);
      expect("layer_norm.1e-06", NORM, "layer_norm", x, gain, bias, 1e-6);
      expect("layer_norm.1e-12", NORM, "layer_norm", x, gain, bias, 1e-12);
      expect("rms_norm.1e-05", TOLERANCE, "rms_norm", x, gain, 1e-5);
      expect("rms_norm.1e-06", TOLERANCE, "rms_norm", x, gain, 1e-6);
    }

    private void activations() {
      PtNDArray x = tensor("activation.input");
      expect("gelu_erf", TOLERANCE, "gelu", x, Kernels.packedLinear(false));
      expect("gelu_tanh", TOLERANCE, "gelu_tanh", x);
      expect("silu", TOLERANCE, "silu", x);
      expect("softmax", TOLERANCE, "softmax", tensor("softmax.input"));
      expect("log_softmax", TOLERANCE, "log_softmax", tensor("softmax.input"));
    }

    private void rope() {
      PtNDArray positions = tensor("rope.positions", 7);
      for (String kind : List.of("q", "k")) {
        PtNDArray x = tensor("rope.input." + kind, 3, 7, 16);
        expect("rope.10000." + kind, ROPE, "rope", x, positions, 10_000.0);
        expect("rope.100000." + kind, ROPE, "rope", x, positions, 100_000.0);
      }
    }

    /** Owned by the module, which frees it when closed. */
    private PtNDArray tensor(String name) {
      return tensor(name, golden.require(name).shape().stream().mapToLong(Long::longValue).toArray());
    }

    private PtNDArray tensor(String name, long... shape) {
      return module.tensor(floats(golden, name), shape);
    }

    private void expect(String name, double tolerance, String method, Object... arguments) {
      comparison.near(name, module.callForFloats(method, arguments), floats(golden, name), tolerance);
    }
  }
}

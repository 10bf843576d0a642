package org.clarion.engine.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class ScriptModuleTest {
  static final String PROGRAM = """
      class Sample(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        total : Tensor

        def __getstate__(self: __torch__.Sample) -> int:
          return 0

        def __setstate__(self: __torch__.Sample, state: int) -> NoneType:
          self.training = False
          self.total = torch.zeros([2])
          return None

        def add(self: __torch__.Sample, x: Tensor, times: int) -> NoneType:
          self.total = self.total + x * times
          return None

        def read(self: __torch__.Sample) -> Tensor:
          return self.total

        def scale(self: __torch__.Sample, xs: List[int], by: float, negative: bool, unit: str) -> Tensor:
          factor = by
          if negative:
            factor = -by
          if unit == "thousands":
            factor = factor * 1000.
          return torch.tensor(xs) * factor

        def double_in_place(self: __torch__.Sample, x: Tensor) -> NoneType:
          torch.mul_(x, 2.)
          return None

        def wrong_shape(self: __torch__.Sample) -> Tensor:
          return torch.zeros([2, 3]) @ torch.zeros([2, 3])

        def requires_grad(self: __torch__.Sample) -> Tensor:
          return torch.zeros([1])

        def ids(self: __torch__.Sample) -> Tensor:
          return torch.arange(3)
      """;

  @Test
  void methodsKeepStateAndTakeEveryKindOfArgument() {
    try (ScriptModule module = ScriptModule.loadText(PROGRAM, 1);
        PtNDArray x = module.tensor(new float[]{1, 2}, 2)) {
      module.run("add", x, 3);
      module.run("add", x, 1L);
      assertThat(module.callForFloats("read")).containsExactly(4, 8);
      assertThat(module.callForFloats("scale", new long[]{1, 2}, 0.5, true, "thousands")).containsExactly(-500, -1000);
      assertThat(module.callForLongs("ids")).containsExactly(0, 1, 2);
    }
  }

  @Test
  void aViewSharesMemoryWithJava() {
    ByteBuffer memory = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
    memory.putFloat(0, 5).putFloat(4, -1);
    try (ScriptModule module = ScriptModule.loadText(PROGRAM, 1);
        PtNDArray view = module.view(memory, DataType.FLOAT32, 2)) {
      module.run("double_in_place", view);
      assertThat(memory.getFloat(0)).isEqualTo(10);
      assertThat(memory.getFloat(4)).isEqualTo(-2);
      assertThatThrownBy(() -> module.view(ByteBuffer.allocate(8), DataType.FLOAT32, 2)).hasMessageContaining("direct");
    }
  }

  @Test
  void twoModulesOfOneProgramAreApart() {
    try (ScriptModule one = ScriptModule.loadText(PROGRAM, 1);
        ScriptModule two = ScriptModule.loadText(PROGRAM, 1);
        PtNDArray x = one.tensor(new float[]{1, 1}, 2)) {
      one.run("add", x, 1);
      assertThat(one.callForFloats("read")).containsExactly(1, 1);
      assertThat(two.callForFloats("read")).containsExactly(0, 0);
    }
  }

  @Test
  void mistakesAreReportedAndLeaveTheModuleUsable() {
    try (ScriptModule module = ScriptModule.loadText(PROGRAM, 1)) {
      assertThatThrownBy(() -> module.callForFloats("wrong_shape")).isInstanceOf(RuntimeException.class)
          .hasMessageContaining("wrong_shape");
      assertThatThrownBy(() -> module.run("absent")).isInstanceOf(RuntimeException.class);
      assertThatThrownBy(() -> module.run("add", 1.5f, 2)).hasMessageContaining("java.lang.Float");
      assertThat(module.callForFloats("read")).containsExactly(0, 0);
    }
  }

  @Test
  void aProgramThatDoesNotCompileNamesThePlace() {
    String broken = PROGRAM.replace("torch.arange(3)", "torch.no_such_operator(3)");
    assertThatThrownBy(() -> ScriptModule.loadText(broken, 1)).isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no_such_operator");
    assertThatThrownBy(() -> ScriptModule.load(ScriptModuleTest.class, 1, "absent.py"))
        .hasMessageContaining("absent.py");
  }

  @Test
  void aClosedModuleRefuses() {
    ScriptModule module = ScriptModule.loadText(PROGRAM, 1);
    module.close();
    module.close();
    assertThatThrownBy(() -> module.run("read")).hasMessageContaining("closed");
  }
}

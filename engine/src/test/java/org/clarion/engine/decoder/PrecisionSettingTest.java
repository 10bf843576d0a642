package org.clarion.engine.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.engine.script.Device;
import org.clarion.engine.script.Kernels;
import org.junit.jupiter.api.Test;

class PrecisionSettingTest {
  @Test
  void bfloat16NeedsItsInstructions() {
    assertThat(PrecisionSetting.multipliesBfloat16("model name: x\nflags\t\t: fpu avx512_bf16 sse\n")).isTrue();
    assertThat(PrecisionSetting.multipliesBfloat16("flags\t\t: fpu amx_bf16\n")).isTrue();
    assertThat(PrecisionSetting.multipliesBfloat16("flags\t\t: fpu avx512f\nbugs: avx512_bf16\n")).isFalse();
  }

  @Test
  void automaticIsTheSmallestThatIsFastHere() {
    boolean fast = KernelLibrary.host().isPresent() || Kernels.byteInputs() == Kernels.ByteInputs.SEVEN_BITS;
    assertThat(PrecisionSetting.forDecoder("auto", Device.CPU)).isEqualTo(
        fast ? Precision.INT8 : Kernels.halfLinear() ? Precision.FLOAT16 : Precision.FLOAT32);
  }

  @Test
  void aSettingIsTakenAtItsWord() {
    assertThat(PrecisionSetting.forDecoder("f32", Device.CPU)).isEqualTo(Precision.FLOAT32);
    assertThat(PrecisionSetting.forDecoder("f16", Device.CPU)).isEqualTo(Precision.FLOAT16);
    assertThat(PrecisionSetting.forImageTower("bf16", Device.CPU)).isEqualTo(Precision.BFLOAT16);
    assertThat(PrecisionSetting.forImageTower("f32", Device.CPU)).isEqualTo(Precision.FLOAT32);
    assertThat(PrecisionSetting.forImageTower("int8", Device.CPU)).isEqualTo(Precision.INT8);
    assertThat(PrecisionSetting.forImageTower("int4", Device.CPU)).isEqualTo(Precision.INT8);
    assertThat(PrecisionSetting.forDecoder("auto", new Device("cuda"))).isEqualTo(Precision.BFLOAT16);
    assertThat(PrecisionSetting.forImageTower("auto", new Device("cuda:1"))).isEqualTo(Precision.BFLOAT16);
    assertThatThrownBy(() -> PrecisionSetting.forDecoder("int3", Device.CPU)).hasMessageContaining("int3")
        .hasMessageContaining(
            "f16");
  }
}

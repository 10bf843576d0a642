package org.clarion.engine.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CpuFeaturesTest {
  @Test
  void bfloat16NeedsItsInstructions() {
    assertThat(CpuFeatures.multipliesBfloat16("model name: x\nflags\t\t: fpu avx512_bf16 sse\n")).isTrue();
    assertThat(CpuFeatures.multipliesBfloat16("flags\t\t: fpu amx_bf16\n")).isTrue();
    assertThat(CpuFeatures.multipliesBfloat16("flags\t\t: fpu avx512f\nbugs: avx512_bf16\n")).isFalse();
  }

  @Test
  void aSettingIsTakenAtItsWord() {
    assertThat(CpuFeatures.choose("f32")).isEqualTo(Precision.FLOAT32);
    assertThat(CpuFeatures.choose("bf16")).isEqualTo(Precision.BFLOAT16);
    assertThatThrownBy(() -> CpuFeatures.choose("int3")).hasMessageContaining("int3");
  }
}

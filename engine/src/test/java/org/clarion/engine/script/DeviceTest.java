package org.clarion.engine.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class DeviceTest {
  @Test
  void onlyProcessorsAndGpusAreDevices() {
    assertThat(new Device("cpu")).isEqualTo(Device.CPU).returns(false, Device::cuda);
    assertThat(new Device("cuda:3")).returns(true, Device::cuda);
    assertThatThrownBy(() -> new Device("cuda:x")).hasMessageContaining("'cuda:x'").hasMessageContaining("cuda:N");
  }

  @Test
  void aGpuThatIsNotThereIsRefused() {
    Device.CPU.require();
    assertThatThrownBy(() -> new Device("cuda:99").require()).isInstanceOf(EngineStartException.class)
        .hasMessageContaining("cuda:99").hasMessageContaining("PYTORCH_LIBRARY_PATH");
  }
}

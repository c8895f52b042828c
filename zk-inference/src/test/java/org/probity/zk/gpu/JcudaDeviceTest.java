package org.probity.zk.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

/** A machine without a card says so. */
class JcudaDeviceTest {
  @Test
  void withoutACardOpeningOneIsRefusedInWords() {
    assumeTrue(JcudaDevice.count() == 0, "this machine has a card");
    assertThatThrownBy(() -> JcudaDevice.open(0))
        .isInstanceOf(DeviceException.class)
        .hasMessageMatching("there is no (usable )?NVIDIA (driver|card).*");
  }

  @Test
  void aCardThatIsNotThereIsRefused() {
    assertThat(JcudaDevice.count()).isNotNegative();
    assertThatThrownBy(() -> JcudaDevice.open(JcudaDevice.count()))
        .isInstanceOf(DeviceException.class);
  }
}

package org.probity.zk.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

/** A machine without a card says so. */
class JcudaDeviceTest {
  @Test
  void withoutACardOpeningOneIsRefusedInWords() {
    var refused = catchThrowable(() -> JcudaDevice.open(0).close());
    assumeTrue(refused != null, "this machine has a card");
    assertThat(refused)
        .isInstanceOf(DeviceException.class)
        .hasMessageMatching("there is no (usable )?NVIDIA (driver|card).*");
  }

  @Test
  void aCardThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> JcudaDevice.open(1 << 10)).isInstanceOf(DeviceException.class);
  }
}

package org.probity.zk.gpu;

/** The cards of this machine. */
final class Devices {
  private Devices() {}

  static String kernelsDigest() {
    return Ptx.load().sourceDigest();
  }

  /**
   * The first card.
   *
   * @throws GpuUnavailableException if there is none, or it cannot run the kernels
   */
  static Device first() {
    try {
      return JcudaDevice.open(0);
    } catch (DeviceException e) {
      throw new GpuUnavailableException(Fallbacks.Cause.NO_CARD, String.valueOf(e.getMessage()));
    }
  }
}

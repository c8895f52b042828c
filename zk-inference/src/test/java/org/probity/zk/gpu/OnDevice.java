package org.probity.zk.gpu;

import java.util.OptionalLong;
import org.probity.zk.backend.ComputeBackend;

/** A backend on the device that tests run on, for tests of other packages. */
public final class OnDevice {
  /** Small, as the tests' networks are. */
  static final long CHUNK = 1 << 20;

  private OnDevice() {}

  /** A checked backend with so many proofs in flight. */
  public static CudaBackend backend(int concurrency) {
    return over(TestDevices.open(), concurrency, new Fallbacks((cause, warning) -> {}));
  }

  static CudaBackend over(Device device, int concurrency, Fallbacks fallbacks) {
    return CudaBackend.over(
        device,
        new CudaBackend.Settings(OptionalLong.of(2L << 30), concurrency),
        ComputeBackend.scalar(1),
        fallbacks,
        CHUNK);
  }
}

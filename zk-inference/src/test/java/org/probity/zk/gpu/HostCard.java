package org.probity.zk.gpu;

import java.util.OptionalLong;
import org.probity.zk.backend.ComputeBackend;

/** The backend for cards on the tests' device. */
public final class HostCard {
  private HostCard() {}

  /** Falls back to nothing: a failure is one. */
  public static CudaBackend open() {
    return CudaBackend.over(
        TestDevices.get(),
        new CudaBackend.Settings(OptionalLong.empty(), 2),
        ComputeBackend.scalar(1),
        new Fallbacks((cause, why) -> {
          throw new AssertionError(cause + ": " + why);
        }),
        1 << 20);
  }
}

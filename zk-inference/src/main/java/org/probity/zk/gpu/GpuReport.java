package org.probity.zk.gpu;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.probity.zk.backend.ComputeBackend;

/**
 * What card there is, and whether it can be used.
 *
 * @param name as the vendor calls it
 * @param computeCapability its generation, such as 9.0
 * @param multiprocessors number of streaming multiprocessors
 * @param memoryBytes all of its memory
 * @param freeBytes what could be allocated
 * @param driver the newest CUDA version that the driver knows, such as 12.6
 * @param kernels digest of the sources that the kernels in this jar were compiled from
 * @param failure what the self-check found wrong; empty if the card passed it
 */
public record GpuReport(
    String name,
    String computeCapability,
    int multiprocessors,
    long memoryBytes,
    long freeBytes,
    String driver,
    String kernels,
    Optional<String> failure) {

  /**
   * Looks at the first card, and lets it prove something.
   *
   * @throws GpuUnavailableException if there is none, saying what is missing
   */
  public static GpuReport inspect() {
    var device = Devices.first();
    return of(device, () -> check(device));
  }

  /**
   * What a device is.
   *
   * @param failure asked last, as a check may end with the device given back
   */
  static GpuReport of(Device device, Supplier<Optional<String>> failure) {
    var properties = device.properties();
    return new GpuReport(
        properties.name(),
        properties.major() + "." + properties.minor(),
        properties.multiprocessors(),
        properties.memoryBytes(),
        device.freeBytes(),
        version(properties.driverVersion()),
        Devices.kernelsDigest(),
        failure.get());
  }

  private static Optional<String> check(Device device) {
    try (var backend =
        CudaBackend.over(
            device,
            CudaBackend.Settings.DEFAULT,
            ComputeBackend.best(),
            new Fallbacks((cause, warning) -> {}),
            CudaBackend.CHUNK)) {
      return Optional.empty();
    } catch (GpuUnavailableException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private static String version(int driver) {
    return String.format(Locale.ROOT, "%d.%d", driver / 1000, driver % 1000 / 10);
  }
}

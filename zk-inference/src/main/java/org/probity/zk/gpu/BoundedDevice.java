package org.probity.zk.gpu;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A device of which only so much memory is used: what would go over the bound is first made room
 * for, by giving back what is only kept, and then refused.
 */
final class BoundedDevice implements Device {
  private final Device device;
  private final long bound;
  private final AtomicLong allocated = new AtomicLong();
  private volatile Runnable reclaim = () -> {};

  /**
   * A bound on a device.
   *
   * @param bound in bytes
   */
  BoundedDevice(Device device, long bound) {
    this.device = device;
    this.bound = bound;
  }

  /** What to call for memory that is kept but could be done without. */
  void onPressure(Runnable reclaim) {
    this.reclaim = reclaim;
  }

  long allocatedBytes() {
    return allocated.get();
  }

  @Override
  public Memory allocate(long bytes) {
    try {
      return bounded(bytes);
    } catch (DeviceException e) {
      if (!e.isOutOfMemory()) {
        throw e;
      }
    }
    reclaim.run();
    return bounded(bytes);
  }

  private Memory bounded(long bytes) {
    if (allocated.addAndGet(bytes) > bound) {
      allocated.addAndGet(-bytes);
      throw new DeviceException(
          "%d MB more than the %d MB that the prover may use of the card's memory: give it more in probity.prover.gpu.memory"
              .formatted((bytes >> 20) + 1, bound >> 20),
          true);
    }
    try {
      return new Counted(device.allocate(bytes), bytes);
    } catch (RuntimeException e) {
      allocated.addAndGet(-bytes);
      throw e;
    }
  }

  /** Memory that is subtracted once when it is given back. */
  private final class Counted implements Memory {
    private final Memory memory;
    private final long counted;
    private final AtomicBoolean open = new AtomicBoolean(true);

    Counted(Memory memory, long counted) {
      this.memory = memory;
      this.counted = counted;
    }

    @Override
    public long address() {
      return memory.address();
    }

    @Override
    public long bytes() {
      return memory.bytes();
    }

    @Override
    public void close() {
      if (open.getAndSet(false)) {
        allocated.addAndGet(-counted);
        memory.close();
      }
    }
  }

  @Override
  public Properties properties() {
    return device.properties();
  }

  @Override
  public long freeBytes() {
    return Math.min(device.freeBytes(), bound - allocated.get());
  }

  @Override
  public Pinned pin(long bytes) {
    return device.pin(bytes);
  }

  @Override
  public Stream stream() {
    return device.stream();
  }

  @Override
  public Footprint footprint(String kernel, int block) {
    return device.footprint(kernel, block);
  }

  @Override
  public void measure(boolean on) {
    device.measure(on);
  }

  @Override
  public boolean isMeasured() {
    return device.isMeasured();
  }

  @Override
  public List<Timing> timings() {
    return device.timings();
  }

  @Override
  public void close() {
    device.close();
  }
}

package org.probity.zk.gpu;

/**
 * What one kernel took, measured on the card, and how near it came to what bounds it.
 *
 * @param kernel its name
 * @param launches a proof
 * @param millis a proof
 * @param registers a thread
 * @param occupancy resident threads that its registers and shared memory leave room for, as a share
 *     of the most there can be
 * @param memoryShare bytes that it must move, as a share of what the memory could have moved
 * @param arithmeticShare multiply-adds that it must do, as a share of what the cores could have
 *     done
 */
public record KernelTime(
    String kernel,
    double launches,
    double millis,
    int registers,
    double occupancy,
    double memoryShare,
    double arithmeticShare) {

  /**
   * 32-bit multiply-adds of a Montgomery multiplication of eight limbs, and one limb's factor each.
   */
  private static final double MULTIPLY_ADDS = 2 * 8 * 8 + 8;

  static KernelTime of(Device device, Device.Timing timing, int proofs) {
    var properties = device.properties();
    var footprint = device.footprint(timing.kernel(), timing.block());
    double seconds = timing.millis() / 1e3;
    return new KernelTime(
        timing.kernel(),
        (double) timing.launches() / proofs,
        timing.millis() / proofs,
        footprint.registers(),
        footprint.occupancy(),
        timing.bytes() / seconds / properties.memoryBytesPerSecond(),
        timing.multiplications() * MULTIPLY_ADDS / seconds / properties.multiplyAddsPerSecond());
  }

  /** What it came nearest to: launch latency if it came near neither memory nor arithmetic. */
  public String bound() {
    if (Math.max(memoryShare, arithmeticShare) < 0.1) {
      return "latency";
    }
    return memoryShare > arithmeticShare ? "memory" : "arithmetic";
  }
}

package org.probity.zk;

/**
 * What a machine needs for a proof's two units of work.
 *
 * @param additionNanos nanoseconds of one thread for a curve addition within a multi-scalar
 *     multiplication
 * @param multiplicationNanos nanoseconds of one thread for a field multiplication within a vector,
 *     memory included
 * @param threads number of threads
 */
public record MachineSpeed(double additionNanos, double multiplicationNanos, int threads) {
  /** Two cores with 512-bit vectors, as measured by {@code ProverBenchmark}. */
  public static final MachineSpeed REFERENCE = new MachineSpeed(110, 16, 2);

  public MachineSpeed {
    if (!(additionNanos > 0) || !(multiplicationNanos > 0) || threads < 1) {
      throw new IllegalArgumentException(
          "A machine's speeds and threads are positive, not %s ns, %s ns and %d"
              .formatted(additionNanos, multiplicationNanos, threads));
    }
  }
}

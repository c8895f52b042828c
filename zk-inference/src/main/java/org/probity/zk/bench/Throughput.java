package org.probity.zk.bench;

import org.probity.zk.ProofWork;

/**
 * Arithmetic of this machine, the scalar backend and the best one in the same run.
 *
 * @param backend name of the best backend
 * @param scalarMultiplicationNanos one field multiplication, scalar, one thread
 * @param multiplicationNanos one on lanes, one thread
 * @param logMsm base-2 logarithm of the terms of the multi-scalar multiplications
 * @param scalarMsmMillis one of full-size scalars, scalar backend, all threads
 * @param msmMillis one by the best backend, all threads
 * @param gigabytesPerSecond read from memory by all threads together
 * @param threads threads of the backends
 * @param cpu the processor, as it calls itself
 */
public record Throughput(
    String backend,
    double scalarMultiplicationNanos,
    double multiplicationNanos,
    int logMsm,
    double scalarMsmMillis,
    double msmMillis,
    double gigabytesPerSecond,
    int threads,
    String cpu) {

  public double fieldMulSpeedup() {
    return scalarMultiplicationNanos / multiplicationNanos;
  }

  public double msmSpeedup() {
    return scalarMsmMillis / msmMillis;
  }

  /**
   * The least time of this work on this machine: every multiplication at the rate of independent
   * ones in the first level cache, on all threads; or, if that takes longer, every byte at the rate
   * of memory read in order.
   */
  public Bound bound(ProofWork work) {
    double multiplication = multiplicationNanos / 1e6 / threads;
    return new Bound(
        work.curveAdditions() * ProofWork.MULTIPLICATIONS_PER_ADDITION * multiplication,
        work.multiplications() * multiplication,
        work.bytes() / gigabytesPerSecond / 1e6);
  }

  /**
   * What holds a proof back, in milliseconds.
   *
   * @param curve arithmetic of the multi-scalar multiplications
   * @param field arithmetic on vectors
   * @param memory transfers, which go on beside the arithmetic
   */
  public record Bound(double curve, double field, double memory) {
    /** No proof is quicker than this. */
    public double millis() {
      return Math.max(curve + field, memory);
    }
  }
}

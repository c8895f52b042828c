package org.probity.zk.bench;

/**
 * Arithmetic of this machine, the scalar backend and the best one in the same run.
 *
 * @param backend name of the best backend
 * @param scalarMultiplicationNanos one field multiplication, scalar, one thread
 * @param multiplicationNanos one on lanes, one thread
 * @param logMsm base-2 logarithm of the terms of the multi-scalar multiplications
 * @param scalarMsmMillis one of full-size scalars, scalar backend, all threads
 * @param msmMillis one by the best backend, all threads
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
    int threads,
    String cpu) {

  public double fieldMulSpeedup() {
    return scalarMultiplicationNanos / multiplicationNanos;
  }

  public double msmSpeedup() {
    return scalarMsmMillis / msmMillis;
  }
}

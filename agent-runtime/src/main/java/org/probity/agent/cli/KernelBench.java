package org.probity.agent.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.probity.zk.Entropy;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.backend.MultiplicationWork;
import org.probity.zk.curve.FixedBase;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;

/** The two kernels under all proofs, of one backend beside the scalar one, in the same run. */
final class KernelBench {

  private static final int LOG_POINTS = 16;

  /** As many elements as stay in the first level cache. */
  private static final int ELEMENTS = 256;

  private static final int ROUNDS = 2_000;
  private static final int REPETITIONS = 7;

  private final ComputeBackend backend;
  private final ComputeBackend scalar;
  private final Entropy entropy;

  KernelBench(ComputeBackend backend, Entropy entropy) {
    this.backend = backend;
    this.scalar = ComputeBackend.scalar();
    this.entropy = entropy;
  }

  /**
   * How fast both are.
   *
   * @param nanos of the backend, for one multiplication or one point
   * @param scalarNanos of the scalar backend
   */
  record Pace(double nanos, double scalarNanos) {
    double speedup() {
      return scalarNanos / nanos;
    }
  }

  /**
   * One multiplication in the scalar field, on one thread.
   *
   * @throws IllegalStateException if the two backends' products differ
   */
  Pace multiplication() {
    FieldVector a = vector(ELEMENTS);
    FieldVector b = vector(ELEMENTS);
    MultiplicationWork fast = MultiplicationWork.of(backend, a, b);
    MultiplicationWork slow = MultiplicationWork.of(scalar, a, b);
    List<Double> nanos = new ArrayList<>();
    List<Double> scalarNanos = new ArrayList<>();
    // In turns, so that a busy moment of the machine hits both.
    for (int i = 0; i < REPETITIONS + 2; i++) {
      time(nanos, () -> run(fast));
      time(scalarNanos, () -> run(slow));
    }
    if (!fast.result().fr(0).equals(slow.result().fr(0))) {
      throw disagree("products");
    }
    double count = (double) ELEMENTS * ROUNDS;
    return new Pace(steady(nanos) / count, steady(scalarNanos) / count);
  }

  private static boolean run(MultiplicationWork work) {
    work.run(ROUNDS);
    return true;
  }

  /**
   * One point of a multi-scalar multiplication of 2^16 points with full-size scalars, on all
   * threads, prepared as an agent's prover has it.
   *
   * @throws IllegalStateException if the two backends' sums differ
   */
  Pace msm() {
    PointVector bases = FixedBase.multiples(G1.GENERATOR, vector(1 << LOG_POINTS));
    FieldVector scalars = vector(1 << LOG_POINTS);
    backend.prepare(bases);
    List<Double> nanos = new ArrayList<>();
    List<Double> scalarNanos = new ArrayList<>();
    for (int i = 0; i < REPETITIONS + 2; i++) {
      G1 sum = time(nanos, () -> backend.msm(bases, scalars));
      // The scalar backend takes long and is steady.
      if (i % 3 == 2 && !sum.equals(time(scalarNanos, () -> scalar.msm(bases, scalars)))) {
        throw disagree("sums");
      }
    }
    double count = 1 << LOG_POINTS;
    return new Pace(steady(nanos) / count, BenchReport.percentile(scalarNanos, 50) / count);
  }

  /** The median of those after the first two, which the JIT compiled in. */
  private static double steady(List<Double> nanos) {
    return BenchReport.percentile(nanos.subList(2, nanos.size()), 50);
  }

  private static <T> T time(List<Double> nanos, Supplier<T> work) {
    long started = System.nanoTime();
    T result = work.get();
    nanos.add((double) (System.nanoTime() - started));
    return result;
  }

  private FieldVector vector(int size) {
    FieldVector out = FieldVector.ofFr(size);
    for (int i = 0; i < size; i++) {
      out.set(i, entropy.nextFr());
    }
    return out;
  }

  private static IllegalStateException disagree(String what) {
    return new IllegalStateException(
        "the backend's "
            + what
            + " are not the scalar backend's: use --backend scalar, and report this");
  }
}

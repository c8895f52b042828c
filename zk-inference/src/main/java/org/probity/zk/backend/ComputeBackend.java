package org.probity.zk.backend;

import java.util.List;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;

/**
 * Where the heavy arithmetic of proofs runs: commitments, and a {@link Workspace} for everything
 * that one proof does with its vectors.
 */
public interface ComputeBackend {
  /**
   * The fastest backend of this machine's processor: {@code simd} where the vector module was added
   * ({@code --add-modules jdk.incubator.vector}) and vectors have at least four 64-bit lanes, else
   * {@code scalar}. Until the JIT has compiled the kernels on lanes they are far slower than scalar
   * code; the options in {@code LaneField}'s documentation make that a second.
   */
  static VectorBackend best() {
    int threads = Runtime.getRuntime().availableProcessors();
    return Lanes.available() ? new SimdBackend(threads) : scalar(threads);
  }

  /**
   * The backend of this name on all processors: {@code best}, {@code simd} or {@code scalar}.
   *
   * @throws IllegalArgumentException if there is none, or this machine cannot run it
   */
  static VectorBackend named(String name) {
    return switch (name) {
      case "best" -> best();
      case "scalar" -> scalar();
      case "simd" -> {
        if (!Lanes.available()) {
          throw new IllegalArgumentException(
              "The simd backend needs vectors of 256 bits or more and the Java option"
                  + " --add-modules jdk.incubator.vector: add it, or choose scalar");
        }
        yield best();
      }
      default ->
          throw new IllegalArgumentException(
              "No backend is called %s: choose best, simd or scalar".formatted(name));
    };
  }

  /** A backend of scalar Java code on all processors. */
  static VectorBackend scalar() {
    return scalar(Runtime.getRuntime().availableProcessors());
  }

  /** A backend of scalar Java code on the given number of threads. */
  static VectorBackend scalar(int threads) {
    return new ScalarBackend(new Workers(threads));
  }

  /** Short name, as in the configuration. */
  String name();

  /**
   * Spends time and memory on these bases now, so that multiplications with them are faster later:
   * for a process that proves often. Changes no result.
   */
  default void prepare(PointVector bases) {}

  /** {@code Σ scalars[i]·bases[i]} over the scalars' length. */
  default G1 msm(PointVector bases, FieldVector scalars) {
    return msm(bases, List.of(scalars)).getFirst();
  }

  /** The same for several lists of scalars, which together are faster than one by one. */
  List<G1> msm(PointVector bases, List<FieldVector> scalars);

  /** {@code Σ values[i]·bases[i]} for small signed integers, over the values' length. */
  G1 msm(PointVector bases, long[] values);

  /**
   * A place for the vectors of one proof. Closing it overwrites them all.
   *
   * @param bases what the proof commits with
   * @param size how many of them, at most
   * @param rows the rows of the model that it is about
   */
  Workspace open(PointVector bases, int size, IntegerRows rows);

  /** How many proofs at once it takes to make full use of the backend. */
  default int concurrency() {
    return 1;
  }
}

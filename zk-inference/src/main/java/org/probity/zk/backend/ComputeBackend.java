package org.probity.zk.backend;

import java.util.List;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/**
 * The bulk operations of the prover. Sizes of folded vectors are powers of two; index bit 0 is the
 * variable bound first.
 */
public interface ComputeBackend {
  /**
   * The fastest backend that this machine has: {@code simd} where the vector module was added
   * ({@code --add-modules jdk.incubator.vector}) and vectors have at least four 64-bit lanes, else
   * {@code scalar}. Until the JIT has compiled the kernels on lanes they are far slower than scalar
   * code; the options in {@code LaneField}'s documentation make that a second.
   */
  static ComputeBackend best() {
    int threads = Runtime.getRuntime().availableProcessors();
    return Lanes.available() ? new SimdBackend(threads) : scalar(threads);
  }

  /**
   * The backend of this name on all processors: {@code best}, {@code simd} or {@code scalar}.
   *
   * @throws IllegalArgumentException if there is none, or this machine cannot run it
   */
  static ComputeBackend named(String name) {
    return switch (name) {
      case "best" -> best();
      case "scalar" -> scalar();
      case "simd" -> {
        if (!Lanes.available()) {
          throw new IllegalArgumentException(
              "the simd backend needs vectors of 256 bits or more and the Java option"
                  + " --add-modules jdk.incubator.vector: add it, or choose scalar");
        }
        yield best();
      }
      default ->
          throw new IllegalArgumentException(
              "no backend is called " + name + ": choose best, simd or scalar");
    };
  }

  /** A backend of scalar Java code on all processors. */
  static ComputeBackend scalar() {
    return scalar(Runtime.getRuntime().availableProcessors());
  }

  /** A backend of scalar Java code on the given number of threads. */
  static ComputeBackend scalar(int threads) {
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

  /** The elements of these signed integers, each greater than -2^63. */
  FieldVector vector(long[] values);

  /** The kernel {@code eq(point, i)} for every {@code i < 2^|point|}. */
  FieldVector eq(List<Fr> point);

  /** {@code Σ_c weights[c]·rows[c][i]} for every i; rows of equal length. */
  FieldVector combine(List<int[]> rows, List<Fr> weights);

  /**
   * A row vector times a matrix: {@code out[j] = Σ_i left[i]·matrix[offset + i·width + j]}, {@code
   * j < width}.
   */
  FieldVector vectorTimesMatrix(FieldVector left, FieldVector matrix, int offset, int width);

  /** {@code target[i] += scale·source[i]} over the source's length. */
  default void addScaled(FieldVector target, FieldVector source, Fr scale) {
    addScaled(target, 0, source, scale);
  }

  /** {@code target[at + i] += scale·source[i]} over the source's length. */
  default void addScaled(FieldVector target, int at, FieldVector source, Fr scale) {
    addOuter(target, at, FieldVector.of(List.of(scale)), source);
  }

  /** {@code target[at + i·|right| + j] += left[i]·right[j]} for all i and j. */
  void addOuter(FieldVector target, int at, FieldVector left, FieldVector right);

  /** {@code Σ a[i]·b[i]} over vectors of equal length. */
  Fr innerProduct(FieldVector a, FieldVector b);

  /** {@code out[i] = v[2i] + r·(v[2i+1] - v[2i])}: binds the lowest variable. */
  FieldVector bind(FieldVector v, Fr r);

  /** {@code out[i] = v[2i] + v[2i+1]}: sums the lowest variable out. */
  FieldVector sumOut(FieldVector v);

  /**
   * Coefficients 0 and 2, in the lowest variable, of {@code Σ a·b} over the other variables.
   *
   * @return {@code [c0, c2]}
   */
  List<Fr> productRound(FieldVector a, FieldVector b);

  /**
   * Coefficients 1 and 2, in the lowest variable of b, of {@code Σ weight·(b² - b)} over the other
   * variables.
   *
   * @param weight one for each value of the other variables
   * @return {@code [q1, q2]}
   */
  List<Fr> bitRound(FieldVector weight, FieldVector b);

  /**
   * Coefficients 1 and 2, in the lowest variable of s, t and a, of {@code Σ weight·(s·t - a)} over
   * the other variables.
   *
   * @param weight one for each value of the other variables
   * @return {@code [q1, q2]}
   */
  List<Fr> activationRound(FieldVector weight, FieldVector s, FieldVector t, FieldVector a);

  /** {@code Σ coefficients[i]·x^i}. */
  Fr evaluate(FieldVector coefficients, Fr x);

  /**
   * The parts of a polynomial at one point: {@code out[i] = Σ_k coefficients[radix·k + i]·z^k}, so
   * that {@code Σ out[i]·X^i} is its remainder modulo {@code X^radix - z}.
   *
   * @param radix a divisor of the number of coefficients
   */
  List<Fr> parts(FieldVector coefficients, int radix, Fr z);

  /**
   * The quotient of a polynomial by {@code X^degree - root}, without remainder.
   *
   * @return {@code degree} coefficients fewer
   */
  FieldVector divide(FieldVector coefficients, int degree, Fr root);
}

package org.probity.zk.backend;

import java.util.List;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/**
 * A backend whose vectors are Java's: the operations that a proof is made of, one by one, on {@link
 * FieldVector}s. Sizes of folded vectors are powers of two; index bit 0 is the variable bound
 * first.
 */
public interface VectorBackend extends ComputeBackend {
  @Override
  default Workspace open(PointVector bases, int size, IntegerRows rows) {
    return new HostWorkspace(this, bases, rows);
  }

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

package org.probity.zk.backend;

import java.util.List;
import java.util.Map;
import org.probity.zk.curve.G1;
import org.probity.zk.field.FieldVector;
import org.probity.zk.field.Fr;

/**
 * The vectors of one proof, where the backend wants them, and the operations between them. Vectors
 * go in once and do not come back: what returns is commitments and scalars. An operation that
 * returns no such value may still be under way when its method ends. Sizes of folded vectors are
 * powers of two; index bit 0 is the variable bound first.
 *
 * <p>Not for several threads at once.
 */
public interface Workspace extends AutoCloseable {
  // ---- Vectors ----

  /** The elements of these signed integers, each greater than -2^63. */
  ResidentVector integers(long[] values);

  ResidentVector zeros(int size);

  /** The kernel {@code eq(point, i)} for every {@code i < 2^|point|}. */
  ResidentVector eq(List<Fr> point);

  /** {@code Σ_c weights[c]·rows[c][i]} for every i: the model, folded to one row. */
  ResidentVector combineRows(List<Fr> weights);

  ResidentVector row(int c);

  /** A copy of the elements {@code [from, to)}. */
  ResidentVector slice(ResidentVector v, int from, int to);

  /**
   * A row vector times a matrix: {@code out[j] = Σ_i left[i]·matrix[offset + i·width + j]}, {@code
   * j < width}.
   */
  ResidentVector vectorTimesMatrix(
      ResidentVector left, ResidentVector matrix, int offset, int width);

  /** Writes elements over {@code target[at + i]}. */
  void put(ResidentVector target, int at, FieldVector elements);

  /** {@code target[at + i] += scale·source[i]} over the source's length. */
  void addScaled(ResidentVector target, int at, ResidentVector source, Fr scale);

  /** {@code target[at + i·|right| + j] += scale·left[i]·right[j]} for all i and j. */
  void addOuter(ResidentVector target, int at, ResidentVector left, ResidentVector right, Fr scale);

  /** {@code target[i] += scale·entries[i]}. */
  void addSparse(ResidentVector target, Map<Integer, Fr> entries, Fr scale);

  // ---- Commitments ----

  /** All commitments of one message, which together are faster than one by one. */
  List<G1> commit(List<Committed> message);

  // ---- Sumchecks ----

  /** The sum of sumcheck 1 or 3. */
  ProductRounds products(List<ProductRounds.Product> products, ProductRounds.Extension extension);

  /**
   * The sum of sumcheck 2.
   *
   * @param tau one coordinate a variable of b
   */
  BitRounds bits(BitRounds.Neurons neurons, List<Fr> tau, Fr delta);

  // ---- Polynomials ----

  /** Binds as many of the lowest variables as there are values, in their order. */
  ResidentVector fold(ResidentVector v, List<Fr> values);

  /**
   * The parts of several polynomials at one point: {@code out[i] = Σ_k coefficients[radix·k +
   * i]·z^k}, so that {@code Σ out[i]·X^i} is the remainder modulo {@code X^radix - z}. With radix 1
   * it is the value at z.
   *
   * @param radices for each polynomial 1, 2, 4 or 8, a divisor of its number of coefficients
   * @return the parts of each
   */
  List<List<Fr>> parts(List<ResidentVector> polynomials, List<Integer> radices, Fr z);

  /**
   * The quotient of a polynomial by {@code X^degree - root}, without remainder.
   *
   * @return {@code degree} coefficients fewer
   */
  ResidentVector divide(ResidentVector coefficients, int degree, Fr root);

  // ---- The end ----

  /** The elements of a short vector, to be sent in clear. */
  List<Fr> read(ResidentVector v);

  /** Overwrites every vector, whatever state the proof is in, and lets go of them. */
  @Override
  void close();
}

package org.probity.zk;

/**
 * The work of one proof, counted from the layout alone: what a machine that did nothing else, and
 * did it at full speed, would have to do. Times follow with a machine's rates: {@link ProofCost}
 * for the time to expect, a benchmark for the least time possible.
 *
 * @param curveAdditions additions of points within multi-scalar multiplications, the sums of their
 *     buckets included
 * @param multiplications field multiplications on vectors; small integers folded count as the tenth
 *     of one that they cost
 * @param bytes what both read and write beyond the caches: a point for each addition, an element
 *     and a half for each multiplication, and the model's rows once
 */
public record ProofWork(double curveAdditions, double multiplications, double bytes) {

  /**
   * Field multiplications of an affine addition whose inversion is shared by many: three for its
   * share of the inversion, three for the sum (slope, its square, the ordinate).
   */
  public static final int MULTIPLICATIONS_PER_ADDITION = 6;

  private static final int POINT = 64;
  private static final int ELEMENT = 32;

  /** The work of a proof of this shape. */
  public static ProofWork of(Architecture architecture) {
    return of(architecture, architecture.layout());
  }

  static ProofWork of(Architecture architecture, Layout layout) {
    double size = Math.scalb(1.0, layout.logSize);
    double bits = Math.scalb(1.0, layout.bitVariables());
    double neurons = Math.scalb(1.0, layout.logNeurons);
    double row = Math.scalb(1.0, layout.logRow);
    // The folds of an eighth each and two quotients; half the bits; activations and masks.
    double additions =
        fullSize(size / 7) + 2 * fullSize(size) + bits / 2 + 3 * neurons + 3 * fullSize(64);
    double integers = row * architecture.rows();
    // Integers folded: about a tenth of a multiplication each, bound by memory.
    double multiplications = 0.1 * integers + 12 * size + 14 * bits + 8 * row + 20 * neurons;
    double bytes =
        POINT * additions
            + 1.5 * ELEMENT * (multiplications - 0.1 * integers)
            + Integer.BYTES * integers;
    return new ProofWork(additions, multiplications, bytes);
  }

  /** Additions of a multiplication by so many scalars of full size, buckets included. */
  private static double fullSize(double scalars) {
    double least = Double.MAX_VALUE;
    for (int window = 2; window <= 16; window++) {
      int windows = 254 / window + 1;
      least = Math.min(least, windows * (scalars + 3 * Math.scalb(1.0, window - 1)));
    }
    return least;
  }
}

package org.probity.zk.backend;

import java.util.List;
import org.probity.zk.field.Fr;

/**
 * The sum {@code Σ_k scale_k·Σ a_k·b_k} while a sumcheck binds its variables, the lowest first.
 * Vectors may have fewer variables than the sumcheck.
 */
public interface ProductRounds {
  /**
   * One product of vectors.
   *
   * @param a a vector or a form, of at most as many variables as the sumcheck
   * @param b as long
   */
  record Product(ResidentVector a, ResidentVector b, Fr scale) {
    public Product {
      if (a.size() != b.size()) {
        throw new IllegalArgumentException("Both vectors of a product have one length");
      }
    }
  }

  /** What vectors are in variables that they do not have. */
  enum Extension {
    /** Zero-extended, both: {@code v·(1-X)} in each such variable. */
    ZERO,
    /** a is a form, constant there; b is zero-extended. */
    FORM
  }

  /**
   * Two coefficients of a round's polynomial; the third follows from the claim.
   *
   * @param c0 of X^0
   * @param c2 of X^2
   */
  record Quadratic(Fr c0, Fr c2) {
    /** The shape only: unmasked, they tell of the vectors. */
    @Override
    public String toString() {
      return "Quadratic";
    }
  }

  /** The whole sum, before a variable is bound. */
  Fr sum();

  /** The sum over all variables but the lowest, as a polynomial in that. */
  Quadratic round();

  /** Binds the lowest variable. Backends get the next round's polynomial ready. */
  void bind(Fr r);

  /** Two elements, or one, of a product's first vector, once one variable is left, or none. */
  List<Fr> left(int product);

  /** The same of its second vector. */
  List<Fr> right(int product);
}

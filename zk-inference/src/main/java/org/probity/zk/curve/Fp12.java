package org.probity.zk.curve;

import java.math.BigInteger;
import org.probity.zk.field.FieldElement;
import org.probity.zk.field.Fp;
import org.probity.zk.field.PrimeField;

/** An element {@code c0 + c1·w} over {@link Fp6}, {@code w² = v}: where pairings take values. */
record Fp12(Fp6 c0, Fp6 c1) {
  static final Fp12 ONE = new Fp12(Fp6.ONE, Fp6.ZERO);

  /** {@code ξ^((p²-1)/6)}, a sixth root of unity: what w is multiplied by under x -> x^(p²). */
  private static final Fp SIXTH_ROOT = sixthRoot();

  private static Fp sixthRoot() {
    var p = PrimeField.FP.modulus();
    var exponent = p.multiply(p).subtract(BigInteger.ONE).divide(BigInteger.valueOf(6));
    return Pairing.power(Pairing.XI, exponent).c0();
  }

  Fp12 times(Fp12 other) {
    Fp6 a = c0.times(other.c0);
    Fp6 b = c1.times(other.c1);
    Fp6 cross = c0.plus(c1).times(other.c0.plus(other.c1)).minus(a).minus(b);
    return new Fp12(a.plus(b.timesV()), cross);
  }

  Fp12 square() {
    Fp6 product = c0.times(c1);
    Fp6 a = c0.plus(c1).times(c0.plus(c1.timesV())).minus(product).minus(product.timesV());
    return new Fp12(a, product.plus(product));
  }

  /** This to the power of {@code p^6}. */
  Fp12 conjugate() {
    return new Fp12(c0, c1.negate());
  }

  /** This to the power of {@code p²}, which leaves Fp2 as it is and multiplies w by a root of 1. */
  Fp12 frobeniusSquare() {
    Fp g1 = SIXTH_ROOT;
    Fp g2 = g1.square();
    Fp g3 = g2.times(g1);
    Fp g4 = g2.square();
    Fp g5 = g4.times(g1);
    return new Fp12(
        new Fp6(c0.c0(), c0.c1().times(g2), c0.c2().times(g4)),
        new Fp6(c1.c0().times(g1), c1.c1().times(g3), c1.c2().times(g5)));
  }

  /**
   * The multiplicative inverse.
   *
   * @throws ArithmeticException if this is zero
   */
  Fp12 inverse() {
    Fp6 norm = c0.times(c0).minus(c1.times(c1).timesV()).inverse();
    return new Fp12(c0.times(norm), c1.times(norm).negate());
  }

  Fp12 power(BigInteger exponent) {
    return FieldElement.power(ONE, this, exponent, Fp12::times, Fp12::square);
  }
}

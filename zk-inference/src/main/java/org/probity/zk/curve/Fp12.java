package org.probity.zk.curve;

import java.math.BigInteger;
import org.probity.zk.field.FieldElement;
import org.probity.zk.field.PrimeField;

/** An element {@code c0 + c1·w} over {@link Fp6}, {@code w² = v}: where pairings take values. */
record Fp12(Fp6 c0, Fp6 c1) {
  static final Fp12 ONE = new Fp12(Fp6.ONE, Fp6.ZERO);

  /** {@code ξ^((p-1)/6)}: what w is multiplied by under x -> x^p. */
  private static final Fp2 SIXTH =
      Pairing.power(
          Pairing.XI,
          PrimeField.FP.modulus().subtract(BigInteger.ONE).divide(BigInteger.valueOf(6)));

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

  /** This to the power of p. */
  Fp12 frobenius() {
    Fp2 g2 = SIXTH.square();
    Fp2 g4 = g2.square();
    Fp6 even =
        new Fp6(c0.c0().conjugate(), c0.c1().conjugate().times(g2), c0.c2().conjugate().times(g4));
    Fp6 odd =
        new Fp6(c1.c0().conjugate(), c1.c1().conjugate().times(g2), c1.c2().conjugate().times(g4));
    return new Fp12(
        even, new Fp6(odd.c0().times(SIXTH), odd.c1().times(SIXTH), odd.c2().times(SIXTH)));
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

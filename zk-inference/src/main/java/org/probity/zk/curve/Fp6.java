package org.probity.zk.curve;

/** An element {@code c0 + c1·v + c2·v²} over {@link Fp2}, {@code v³ = ξ = 9 + u}. */
record Fp6(Fp2 c0, Fp2 c1, Fp2 c2) {
  static final Fp6 ZERO = new Fp6(Fp2.ZERO, Fp2.ZERO, Fp2.ZERO);
  static final Fp6 ONE = new Fp6(Fp2.ONE, Fp2.ZERO, Fp2.ZERO);

  Fp6 plus(Fp6 other) {
    return new Fp6(c0.plus(other.c0), c1.plus(other.c1), c2.plus(other.c2));
  }

  Fp6 minus(Fp6 other) {
    return new Fp6(c0.minus(other.c0), c1.minus(other.c1), c2.minus(other.c2));
  }

  Fp6 negate() {
    return new Fp6(c0.negate(), c1.negate(), c2.negate());
  }

  Fp6 times(Fp6 other) {
    Fp2 a = c0.times(other.c0);
    Fp2 b = c1.times(other.c1);
    Fp2 c = c2.times(other.c2);
    Fp2 bc = c1.plus(c2).times(other.c1.plus(other.c2)).minus(b).minus(c);
    Fp2 ab = c0.plus(c1).times(other.c0.plus(other.c1)).minus(a).minus(b);
    Fp2 ac = c0.plus(c2).times(other.c0.plus(other.c2)).minus(a).minus(c);
    return new Fp6(a.plus(timesXi(bc)), ab.plus(timesXi(c)), ac.plus(b));
  }

  Fp6 timesV() {
    return new Fp6(timesXi(c2), c0, c1);
  }

  /**
   * The multiplicative inverse.
   *
   * @throws ArithmeticException if this is zero
   */
  Fp6 inverse() {
    Fp2 a = c0.square().minus(timesXi(c1.times(c2)));
    Fp2 b = timesXi(c2.square()).minus(c0.times(c1));
    Fp2 c = c1.square().minus(c0.times(c2));
    Fp2 norm = c0.times(a).plus(timesXi(c2.times(b).plus(c1.times(c)))).inverse();
    return new Fp6(a.times(norm), b.times(norm), c.times(norm));
  }

  /** {@code (9 + u)·a}. */
  private static Fp2 timesXi(Fp2 a) {
    Fp2 nine = a.twice().twice().twice().plus(a);
    return new Fp2(nine.c0().minus(a.c1()), nine.c1().plus(a.c0()));
  }
}

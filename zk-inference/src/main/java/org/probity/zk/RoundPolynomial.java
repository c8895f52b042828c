package org.probity.zk;

import java.util.Arrays;
import org.probity.zk.field.Fr;

/** A univariate polynomial of small degree, by its coefficients, lowest first. */
record RoundPolynomial(Fr... coefficients) {
  static RoundPolynomial zero(int degree) {
    var out = new Fr[degree + 1];
    Arrays.fill(out, Fr.ZERO);
    return new RoundPolynomial(out);
  }

  /** {@code a + (b - a)·X + mask·X(1-X)}: the line through a at 0 and b at 1, masked in between. */
  static RoundPolynomial masked(Fr a, Fr b, Fr mask) {
    return new RoundPolynomial(a, b.minus(a).plus(mask), mask.negate());
  }

  RoundPolynomial plus(RoundPolynomial other) {
    var out = zero(Math.max(degree(), other.degree()));
    for (int i = 0; i < out.coefficients.length; i++) {
      out.coefficients[i] = coefficient(i).plus(other.coefficient(i));
    }
    return out;
  }

  RoundPolynomial times(RoundPolynomial other) {
    var out = zero(degree() + other.degree());
    for (int i = 0; i <= degree(); i++) {
      for (int j = 0; j <= other.degree(); j++) {
        out.coefficients[i + j] =
            out.coefficients[i + j].plus(coefficients[i].times(other.coefficients[j]));
      }
    }
    return out;
  }

  RoundPolynomial times(Fr scale) {
    return times(new RoundPolynomial(scale));
  }

  Fr at(Fr x) {
    Fr sum = Fr.ZERO;
    for (int i = degree(); i >= 0; i--) {
      sum = sum.times(x).plus(coefficients[i]);
    }
    return sum;
  }

  /** The value at 1. */
  Fr sum() {
    return Arrays.stream(coefficients).reduce(Fr.ZERO, Fr::plus);
  }

  int degree() {
    return coefficients.length - 1;
  }

  Fr coefficient(int i) {
    return i <= degree() ? coefficients[i] : Fr.ZERO;
  }
}

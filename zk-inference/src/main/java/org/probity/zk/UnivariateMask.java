package org.probity.zk;

import org.probity.zk.field.Fr;

/**
 * A sum of univariates, {@code g(X) = g_0 + Σ_t Σ_{e≥1} c_{t,e}·X_t^e}: the mask of a sumcheck, of
 * its degree in every round (Libra, ePrint 2019/317, section 4.1). Rounds count from 1.
 *
 * @param block the proof's mask block
 * @param place where the coefficients stand in it
 */
record UnivariateMask(Fr[] block, MaskBlock.Univariates place) {
  int rounds() {
    return place.rounds();
  }

  Fr constant() {
    return block[place.start()];
  }

  /** {@code Σ_e c_{round,e}·X^e}: the univariate of this round, 0 at 0. */
  RoundPolynomial ofRound(int round) {
    var out = RoundPolynomial.zero(place.degree(round));
    for (int e = 1; e <= out.degree(); e++) {
      out.coefficients()[e] = block[place.index(round, e)];
    }
    return out;
  }

  Fr atOne(int round) {
    return ofRound(round).sum();
  }

  Fr at(int round, Fr x) {
    return ofRound(round).at(x);
  }

  /**
   * The sum over the variables after this round's, as a polynomial in that.
   *
   * @param fixed {@code g_0}, and the univariates of the rounds before where those are bound
   */
  RoundPolynomial sumOfRound(int round, Fr fixed) {
    int after = rounds() - round;
    Fr constant = fixed.times(Fr.of(1L << after));
    for (int t = round + 1; t <= rounds(); t++) {
      constant = constant.plus(atOne(t).times(Fr.of(1L << (after - 1))));
    }
    return ofRound(round).times(Fr.of(1L << after)).plus(new RoundPolynomial(constant));
  }

  /** {@code Σ_j g(j)} over the cube. */
  Fr sum() {
    var first = sumOfRound(1, constant());
    return first.coefficient(0).plus(first.sum());
  }
}

package org.probity.zk;

import org.probity.zk.field.Fr;

/**
 * A sum of univariates, {@code g(X) = g_0 + Σ_t Σ_{e≥1} c_{t,e}·X_t^e}: the mask of a sumcheck, of
 * its degree in every round (Libra, ePrint 2019/317, section 4.1). Rounds count from 1. Its
 * coefficients stand in the mask block from {@code start} on.
 *
 * @param block the proof's mask block
 * @param start index of {@code g_0}
 * @param rounds number of variables; the last has degree 4, the others 2
 */
record UnivariateMask(Fr[] block, int start, int rounds) {
  Fr constant() {
    return block[start];
  }

  Fr coefficient(int round, int degree) {
    return block[index(round, degree)];
  }

  /** Index in the mask block of {@code c_{round,degree}}. */
  int index(int round, int degree) {
    return start + 2 * (round - 1) + degree;
  }

  /** {@code Σ_e c_{round,e}}: the univariate of this round at 1. */
  Fr atOne(int round) {
    Fr sum = Fr.ZERO;
    for (int e = 1; e <= Layout.degree(round, rounds); e++) {
      sum = sum.plus(coefficient(round, e));
    }
    return sum;
  }

  /** The univariate of this round at {@code x}; 0 at 0. */
  Fr at(int round, Fr x) {
    Fr sum = Fr.ZERO;
    for (int e = Layout.degree(round, rounds); e >= 1; e--) {
      sum = sum.plus(coefficient(round, e)).times(x);
    }
    return sum;
  }
}

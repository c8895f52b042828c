package org.probity.zk;

/**
 * Where the masks of sumchecks 1 and 2 stand in the mask block of the aux vector (docs/protocol.md,
 * section 3): {@code u_2..u_L, v_2..v_L, g1, w_B, w_S, w_T, g2}.
 *
 * @param layers L; g1 is there for two and more
 */
record MaskBlock(int layers, Univariates g1, Univariates g2) {

  static MaskBlock of(int layers, int innerVariables, int bitVariables) {
    var g1 = new Univariates(2 * (layers - 1), layers > 1 ? innerVariables : 0);
    return new MaskBlock(layers, g1, new Univariates(g1.end() + 3, bitVariables));
  }

  /** Of layer l's weights in sumcheck 1. */
  int u(int l) {
    return l - 2;
  }

  /** Of layer l's inputs in sumcheck 1. */
  int v(int l) {
    return layers - 1 + l - 2;
  }

  /** {@code w_B}. */
  int bit() {
    return g1.end();
  }

  /** {@code w_S}. */
  int sign() {
    return g1.end() + 1;
  }

  /** {@code w_T}. */
  int magnitude() {
    return g1.end() + 2;
  }

  int count() {
    return g2.end();
  }

  /**
   * The entries {@code g_0, c_{1,1}, c_{1,2}, ..} of a sum of univariates; rounds count from 1.
   *
   * @param start index of {@code g_0}
   * @param rounds number of variables: none, for no entries, or the last has degree 4, the others 2
   */
  record Univariates(int start, int rounds) {
    /** Of the last variable, which carries the masks of the factors too. */
    private static final int LAST_DEGREE = 4;

    /** Degree of a round's univariate, and of its round of the sumcheck. */
    int degree(int round) {
      return round == rounds ? LAST_DEGREE : 2;
    }

    /** Index of {@code c_{round,degree}}. */
    int index(int round, int degree) {
      return start + 2 * (round - 1) + degree;
    }

    /**
     * So many coefficients; a sumcheck sends as many scalars: its sum, and d a round of degree d.
     */
    int count() {
      return rounds == 0 ? 0 : 1 + 2 * (rounds - 1) + LAST_DEGREE;
    }

    private int end() {
      return start + count();
    }
  }
}

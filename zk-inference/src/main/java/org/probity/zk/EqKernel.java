package org.probity.zk;

import java.util.List;
import org.probity.zk.field.Fr;

/**
 * The multilinear equality kernel {@code eq(p,i) = Π_t (i_t·p_t + (1-i_t)(1-p_t))} in the closed
 * forms that spare a verifier the sums (docs/protocol.md, section 1).
 */
final class EqKernel {
  private EqKernel() {}

  /** {@code eq(p, i)} for an index of {@code |p|} bits. */
  static Fr at(List<Fr> p, long index) {
    Fr product = Fr.ONE;
    for (int t = 0; t < p.size(); t++) {
      boolean one = (index >>> t & 1) == 1;
      product = product.times(one ? p.get(t) : Fr.ONE.minus(p.get(t)));
    }
    return product;
  }

  /** {@code Σ_i eq(p, i)·eq(q, i) = Π_t (p_t·q_t + (1-p_t)(1-q_t))}. */
  static Fr of(List<Fr> p, List<Fr> q) {
    Fr product = Fr.ONE;
    for (int t = 0; t < p.size(); t++) {
      Fr both = p.get(t).times(q.get(t));
      Fr neither = Fr.ONE.minus(p.get(t)).times(Fr.ONE.minus(q.get(t)));
      product = product.times(both.plus(neither));
    }
    return product;
  }

  /**
   * {@code Σ_{i<bound} eq(p, i)}: the indices that agree with the bound above a bit that it has.
   */
  static Fr below(List<Fr> p, long bound) {
    Fr sum = Fr.ZERO;
    Fr agreeing = Fr.ONE;
    for (int t = p.size() - 1; t >= 0; t--) {
      Fr zero = Fr.ONE.minus(p.get(t));
      boolean one = (bound >>> t & 1) == 1;
      if (one) {
        sum = sum.plus(agreeing.times(zero));
      }
      agreeing = agreeing.times(one ? p.get(t) : zero);
    }
    return sum;
  }

  /**
   * The multilinear extension at p of integers, zero-extended to {@code 2^|p|}, in time linear in
   * their number.
   */
  static Fr extension(long[] values, List<Fr> p) {
    var folded = new Fr[values.length];
    for (int i = 0; i < values.length; i++) {
      folded[i] = Fr.of(values[i]);
    }
    int size = folded.length;
    for (Fr x : p) {
      int half = (size + 1) / 2;
      for (int i = 0; i < half; i++) {
        Fr low = folded[2 * i];
        Fr high = 2 * i + 1 < size ? folded[2 * i + 1] : Fr.ZERO;
        folded[i] = low.plus(x.times(high.minus(low)));
      }
      size = half;
    }
    return folded[0];
  }
}

package org.probity.zk;

import java.util.ArrayList;
import java.util.List;
import org.probity.zk.field.Fr;

/**
 * The verifier's side of a sumcheck: rounds turn a claim about a sum over the cube into a claim
 * about one value. A round polynomial is sent without one coefficient, which the claim gives; so no
 * round can contradict its claim, and all is decided by what the last claim must be.
 */
final class RoundChecks {
  private RoundChecks() {}

  /** Sumchecks 1 and 3: {@code c_0, c_2 .. c_d}, where {@code h(0) + h(1)} is the claim. */
  static Fr plain(Fr claim, List<List<Fr>> rounds, List<Fr> point) {
    for (int t = 0; t < rounds.size(); t++) {
      var sent = rounds.get(t);
      Fr linear = claim.minus(sent.getFirst());
      for (Fr coefficient : sent) {
        linear = linear.minus(coefficient);
      }
      var h = new ArrayList<Fr>(sent);
      h.add(1, linear);
      claim = at(h, point.get(t));
    }
    return claim;
  }

  /**
   * Sumcheck 2: {@code q_1 .. q_d}, where {@code (1-τ_t)·q(0) + τ_t·q(1)} is the claim, since eq of
   * the round's own variable is left out of q (Gruen, ePrint 2024/108).
   */
  static Fr weighted(Fr claim, List<List<Fr>> rounds, List<Fr> tau, List<Fr> point) {
    for (int t = 0; t < rounds.size(); t++) {
      var q = new ArrayList<Fr>(rounds.get(t));
      Fr rise = q.stream().reduce(Fr.ZERO, Fr::plus);
      q.addFirst(claim.minus(tau.get(t).times(rise)));
      claim = at(q, point.get(t));
    }
    return claim;
  }

  /** The polynomial of these coefficients, lowest first, at x. */
  private static Fr at(List<Fr> coefficients, Fr x) {
    Fr sum = Fr.ZERO;
    for (Fr coefficient : coefficients.reversed()) {
      sum = sum.times(x).plus(coefficient);
    }
    return sum;
  }
}

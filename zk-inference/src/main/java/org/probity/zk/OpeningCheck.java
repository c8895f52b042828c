package org.probity.zk;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.G2;
import org.probity.zk.curve.Pairing;
import org.probity.zk.field.Fr;

/** The verifier's side of section 9 of docs/protocol.md: that P, at r, is v. */
final class OpeningCheck {
  private OpeningCheck() {}

  /**
   * Accepts or rejects.
   *
   * @param combination the terms of C_P but for the blinder's; the opening's are added here
   * @param value v
   */
  static void check(Combination combination, Fr value, ProofMessages proof, Challenges c, G2 tau)
      throws Rejection {
    Fr q = c.q();
    Fr square = q.square();
    Fr fourth = square.square();
    boolean distinct = !q.times(fourth.times(fourth).times(fourth).minus(Fr.ONE)).isZero();
    Rejection.unless(distinct, Verdict.OPENING_MISMATCH);

    // P* = Σ κ^j P_j at q, -q, iq, -iq and q⁴, where P_{j+1}(q⁴) follows from P_j at the others.
    var nodes = new ArrayList<Fr>(HyperKzg.roots(q));
    nodes.add(fourth);
    var values = new Fr[nodes.size()];
    Arrays.fill(values, Fr.ZERO);
    Fr weight = Fr.ONE;
    Fr folded = proof.evaluations().getLast();
    for (int j = 0; j <= proof.folds().size(); j++) {
      var four = proof.evaluations().subList(4 * j, 4 * j + 4);
      for (int k = 0; k < 4; k++) {
        values[k] = values[k].plus(weight.times(four.get(k)));
      }
      values[4] = values[4].plus(weight.times(folded));
      Fr r = c.r().get(2 * j);
      Fr next = 2 * j + 1 < c.r().size() ? c.r().get(2 * j + 1) : Fr.ZERO;
      Fr atSquare = fold(four.get(0), four.get(1), q, r);
      Fr atMinusSquare = fold(four.get(2), four.get(3), nodes.get(2), r);
      folded = fold(atSquare, atMinusSquare, square, next);
      weight = weight.times(c.kappa());
    }
    Rejection.unless(folded.equals(value), Verdict.OPENING_MISMATCH);

    // I(ζ), by Lagrange; Z(ζ)
    Fr zeta = c.zeta();
    Fr interpolated = Fr.ZERO;
    Fr vanishing = Fr.ONE;
    for (int i = 0; i < nodes.size(); i++) {
      Fr basis = Fr.ONE;
      for (int k = 0; k < nodes.size(); k++) {
        if (k != i) {
          Fr distance = nodes.get(i).minus(nodes.get(k));
          basis = basis.times(zeta.minus(nodes.get(k))).times(distance.inverse());
        }
      }
      interpolated = interpolated.plus(values[i].times(basis));
      vanishing = vanishing.times(zeta.minus(nodes.get(i)));
    }

    combination.add(proof.blinder().negate(), G1.BLINDING);
    Fr scale = Fr.ONE;
    for (G1 fold : proof.folds()) {
      scale = scale.times(c.kappa());
      combination.add(scale, fold);
    }
    combination.add(interpolated.negate(), G1.GENERATOR);
    combination.add(vanishing.negate(), proof.quotient());
    combination.add(zeta, proof.opening());
    boolean holds =
        Pairing.productIsOne(
            List.of(combination.sum(), proof.opening().negate()), List.of(G2.GENERATOR, tau));
    Rejection.unless(holds, Verdict.PAIRING_FAILED);
  }

  /**
   * The value at {@code x²} of {@code (1-r)·E + r·O}, for a polynomial {@code E(X²) + X·O(X²)} that
   * has these values at x and -x.
   */
  private static Fr fold(Fr plus, Fr minus, Fr x, Fr r) {
    Fr even = plus.plus(minus).times(HALF);
    Fr odd = plus.minus(minus).times(x.twice().inverse());
    return Fr.ONE.minus(r).times(even).plus(r.times(odd));
  }

  private static final Fr HALF = Fr.of(2).inverse();
}

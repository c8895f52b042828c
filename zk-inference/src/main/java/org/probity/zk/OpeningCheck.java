package org.probity.zk;

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
    int variables = c.r().size();
    Fr q = c.q();
    Fr square = q.square();
    Rejection.unless(!q.times(square.minus(Fr.ONE)).isZero(), Verdict.OPENING_MISMATCH);

    // P* = Σ κ^j P_j at q, -q and q², where P_{j+1}(q²) follows from P_j(q) and P_j(-q).
    Fr plus = Fr.ZERO;
    Fr minus = Fr.ZERO;
    Fr atSquare = Fr.ZERO;
    Fr weight = Fr.ONE;
    Fr folded = proof.evaluations().get(2 * variables);
    Fr half = q.twice().inverse();
    for (int j = 0; j < variables; j++) {
      Fr a = proof.evaluations().get(2 * j);
      Fr b = proof.evaluations().get(2 * j + 1);
      plus = plus.plus(weight.times(a));
      minus = minus.plus(weight.times(b));
      atSquare = atSquare.plus(weight.times(folded));
      Fr even = a.plus(b).times(HALF);
      Fr odd = a.minus(b).times(half);
      Fr r = c.r().get(j);
      folded = Fr.ONE.minus(r).times(even).plus(r.times(odd));
      weight = weight.times(c.kappa());
    }
    Rejection.unless(folded.equals(value), Verdict.OPENING_MISMATCH);

    // I(ζ), by Lagrange; Z(ζ) = (ζ²-q²)(ζ-q²)
    var nodes = List.of(q, q.negate(), square);
    var values = List.of(plus, minus, atSquare);
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
      interpolated = interpolated.plus(values.get(i).times(basis));
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

  private static final Fr HALF = Fr.of(2).inverse();
}

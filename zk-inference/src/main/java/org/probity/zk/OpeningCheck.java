package org.probity.zk;

import java.util.ArrayList;
import java.util.Collections;
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
  static void check(
      Combination combination, Fr value, ProofMessages.Opening proof, Challenges c, G2 tau)
      throws Rejection {
    Fr z = c.z();
    Fr distance = power(z).minus(z);
    Rejection.unless(!distance.isZero(), Verdict.OPENING_MISMATCH);

    // P* = Σ κ^j P_j modulo X^8 - z and at z, where P_{j+1}(z) follows from the parts of P_j.
    int folds = proof.folds().size();
    var remainder = new ArrayList<>(Collections.nCopies(HyperKzg.RADIX, Fr.ZERO));
    Fr atZ = Fr.ZERO;
    Fr weight = Fr.ONE;
    Fr folded = proof.evaluations().getLast();
    for (int j = 0; j <= folds; j++) {
      atZ = atZ.plus(weight.times(folded));
      folded = Fr.ZERO;
      var r = c.r().subList(HyperKzg.LOG_RADIX * j, HyperKzg.LOG_RADIX * (j + 1));
      for (int i = 0; i < HyperKzg.RADIX; i++) {
        Fr part = proof.evaluations().get(HyperKzg.RADIX * j + i);
        remainder.set(i, remainder.get(i).plus(weight.times(part)));
        folded = folded.plus(EqKernel.at(r, i).times(part));
      }
      weight = weight.times(c.kappa());
    }

    // The last fold: at z it is what the folding gives, at the rest of r it is v.
    var rest = proof.rest();
    if (rest.isEmpty()) {
      Rejection.unless(folded.equals(value), Verdict.OPENING_MISMATCH);
    } else {
      var r = c.r().subList(HyperKzg.LOG_RADIX * (folds + 1), c.r().size());
      Fr last = Fr.ZERO;
      for (int i = 0; i < rest.size(); i++) {
        last = last.plus(EqKernel.at(r, i).times(rest.get(i)));
      }
      Rejection.unless(evaluate(rest, z).equals(folded), Verdict.OPENING_MISMATCH);
      Rejection.unless(last.equals(value), Verdict.OPENING_MISMATCH);
    }

    // I(ζ) = rem(ζ) + (ζ^8 - z)·(P*(z) - rem(z))/(z^8 - z); Z(ζ) = (ζ^8 - z)(ζ - z)
    Fr zeta = c.zeta();
    Fr modulus = power(zeta).minus(z);
    Fr slope = atZ.minus(evaluate(remainder, z)).times(distance.inverse());
    Fr interpolated = evaluate(remainder, zeta).plus(modulus.times(slope));
    Fr vanishing = modulus.times(zeta.minus(z));

    combination.add(proof.blinder().negate(), G1.BLINDING);
    Fr scale = Fr.ONE;
    for (G1 fold : proof.folds()) {
      scale = scale.times(c.kappa());
      combination.add(scale, fold);
    }
    combination.add(interpolated.negate(), G1.GENERATOR);
    combination.add(vanishing.negate(), proof.quotient());
    combination.add(zeta, proof.last());
    boolean holds =
        Pairing.productIsOne(
            List.of(combination.sum(), proof.last().negate()), List.of(G2.GENERATOR, tau));
    Rejection.unless(holds, Verdict.PAIRING_FAILED);
  }

  /** {@code x^8}. */
  private static Fr power(Fr x) {
    return x.square().square().square();
  }

  private static Fr evaluate(List<Fr> coefficients, Fr x) {
    return new RoundPolynomial(coefficients.toArray(Fr[]::new)).at(x);
  }
}

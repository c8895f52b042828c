package org.probity.zk;

import java.util.ArrayList;
import java.util.List;
import org.probity.zk.backend.ResidentVector;
import org.probity.zk.backend.Workspace;
import org.probity.zk.field.Fr;

/**
 * Sumcheck 2, the prover's side: every bit is 0 or 1, every activation is {@code sign·magnitude}
 * (docs/protocol.md, section 7).
 *
 * <pre>  Σ_{i,k} eq(τ,(i,k))·[ B² - B + g2 ] + δ·Σ_k eq(τ_k,k)·[ S·T - A ] = C2</pre>
 *
 * <p>The kernel eq of the bound variables is factored out of every round (Gruen, ePrint 2024/108),
 * so a round polynomial has degree 2, and the masks' part of it is just the mask's own
 * coefficients, since eq sums to 1.
 *
 * @param start C2
 * @param point {@code x_1..x_{5+K}}
 * @param end the last claim
 * @param bit {@code B̂}
 * @param sign {@code Ŝ}
 * @param magnitude {@code T̂}
 */
record BitSumcheck(Fr start, List<Fr> point, Fr end, Fr bit, Fr sign, Fr magnitude) {

  /**
   * Runs the sumcheck.
   *
   * @param bits B, one a bit
   * @param signs S, one a neuron
   * @param magnitudes T, one a neuron
   * @param activations A, one a neuron
   */
  static BitSumcheck prove(
      Layout layout,
      ResidentVector bits,
      ResidentVector signs,
      ResidentVector magnitudes,
      ResidentVector activations,
      List<Fr> tau,
      Fr delta,
      Masks masks,
      Workspace work,
      Transcript transcript) {
    int rounds = layout.bitVariables();
    var g = masks.g2;
    Fr start = g.constant();
    for (int t = 1; t <= rounds; t++) {
      start = start.plus(tau.get(t - 1).times(g.atOne(t)));
    }
    transcript.send(start);

    Fr claim = start;
    var point = new ArrayList<Fr>();
    var sum = work.bits(bits, signs, magnitudes, activations, tau, delta);
    for (int t = 1; t <= rounds; t++) {
      RoundPolynomial round;
      if (t < rounds) {
        var q = sum.round();
        round = new RoundPolynomial(Fr.ZERO, q.get(0), q.get(1));
      } else {
        var ends = sum.ends();
        var bit = last(ends.bits(), masks.bit());
        var sign = last(ends.signs(), masks.sign());
        var magnitude = last(ends.magnitudes(), masks.magnitude());
        round =
            bit.times(bit)
                .plus(bit.times(Fr.of(-1)))
                .plus(sign.times(magnitude).times(delta))
                .plus(last(ends.activations(), Fr.ZERO).times(delta.negate()));
      }
      for (int e = 1; e <= round.degree(); e++) {
        round.coefficients()[e] = round.coefficient(e).plus(g.coefficient(t, e));
      }
      round.coefficients()[0] = omitted(round, claim, tau.get(t - 1));
      for (int e = 1; e <= round.degree(); e++) {
        transcript.send(round.coefficient(e));
      }
      Fr x = transcript.challenge();
      point.add(x);
      claim = round.at(x);
      if (t < rounds) {
        sum.bind(x);
      }
    }
    Fr x = point.getLast();
    var ends = sum.ends();
    Fr bit = last(ends.bits(), masks.bit()).at(x);
    Fr sign = last(ends.signs(), masks.sign()).at(x);
    Fr magnitude = last(ends.magnitudes(), masks.magnitude()).at(x);
    transcript.send(bit);
    transcript.send(sign);
    transcript.send(magnitude);
    return new BitSumcheck(start, point, claim, bit, sign, magnitude);
  }

  /** {@code q_0 = claim - τ_t·Σ_{e≥1} q_e}. */
  private static Fr omitted(RoundPolynomial round, Fr claim, Fr tau) {
    Fr sum = Fr.ZERO;
    for (int e = 1; e <= round.degree(); e++) {
      sum = sum.plus(round.coefficient(e));
    }
    return claim.minus(tau.times(sum));
  }

  private static RoundPolynomial last(List<Fr> ends, Fr mask) {
    return RoundPolynomial.masked(ends.get(0), ends.get(1), mask);
  }
}

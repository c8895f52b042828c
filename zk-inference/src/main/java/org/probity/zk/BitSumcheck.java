package org.probity.zk;

import java.util.ArrayList;
import java.util.List;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.field.FieldVector;
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
   * @param bits B as field elements
   * @param signs S, one a neuron
   * @param magnitudes T, one a neuron
   * @param activations A, one a neuron
   */
  static BitSumcheck prove(
      Layout layout,
      FieldVector bits,
      FieldVector signs,
      FieldVector magnitudes,
      FieldVector activations,
      List<Fr> tau,
      Fr delta,
      Masks masks,
      ComputeBackend backend,
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
    var b = bits;
    var s = signs;
    var m = magnitudes;
    var a = activations;
    var weight = backend.eq(tau.subList(1, rounds));
    for (int t = 1; t <= rounds; t++) {
      boolean neuron = t > Layout.LOG_BITS;
      RoundPolynomial round;
      if (t < rounds) {
        var q = backend.bitRound(weight, b);
        Fr linear = q.get(0);
        Fr square = q.get(1);
        if (neuron) {
          var r = backend.activationRound(weight, s, m, a);
          linear = linear.plus(delta.times(r.get(0)));
          square = square.plus(delta.times(r.get(1)));
        }
        round = new RoundPolynomial(Fr.ZERO, linear, square);
        weight = backend.sumOut(weight);
      } else {
        var bit = last(b, masks.bit());
        round =
            bit.times(bit)
                .plus(bit.times(Fr.of(-1)))
                .plus(last(s, masks.sign()).times(last(m, masks.magnitude())).times(delta))
                .plus(last(a, Fr.ZERO).times(delta.negate()));
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
        b = backend.bind(b, x);
        if (neuron) {
          s = backend.bind(s, x);
          m = backend.bind(m, x);
          a = backend.bind(a, x);
        }
      }
    }
    Fr x = point.getLast();
    Fr bit = last(b, masks.bit()).at(x);
    Fr sign = last(s, masks.sign()).at(x);
    Fr magnitude = last(m, masks.magnitude()).at(x);
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

  private static RoundPolynomial last(FieldVector v, Fr mask) {
    return RoundPolynomial.masked(v.fr(0), v.fr(1), mask);
  }
}

package org.probity.zk;

import java.util.List;
import org.probity.zk.backend.BitRounds;
import org.probity.zk.backend.Workspace;
import org.probity.zk.field.Fr;

/**
 * Sumcheck 2: every bit is 0 or 1, every activation is {@code sign·magnitude} (docs/protocol.md,
 * section 7).
 *
 * <pre>  Σ_{i,k} eq(τ,(i,k))·[ B² - B + g2 ] + δ·Σ_k eq(τ_k,k)·[ S·T - A ] = C2</pre>
 *
 * <p>The kernel eq of the bound variables is factored out of every round (Gruen, ePrint 2024/108),
 * so a round polynomial has degree 2, and the masks' part of it is just the mask's own
 * coefficients, since eq sums to 1.
 *
 * @param tau weighs the sum; {@code delta} batches bits and activations
 * @param run from C2 to q_end, at {@code x_1..x_{5+K}}
 * @param bit {@code B̂}
 * @param sign {@code Ŝ}
 * @param magnitude {@code T̂}
 */
record BitSumcheck(List<Fr> tau, Fr delta, Sumcheck run, Fr bit, Fr sign, Fr magnitude) {

  /** Draws τ and δ and runs the sumcheck. */
  static BitSumcheck prove(
      BitRounds.Neurons neurons, Masks masks, Workspace work, Transcript transcript) {
    var g = masks.g2;
    var tau = transcript.challenges(g.rounds());
    Fr delta = transcript.challenge();
    Fr start = g.constant();
    for (int t = 1; t <= g.rounds(); t++) {
      start = start.plus(tau.get(t - 1).times(g.atOne(t)));
    }
    transcript.send(start);
    var rounds = work.bits(neurons, tau, delta);
    var sum = new Sum(rounds, delta, masks);
    var run = Sumcheck.prove(start, sum, new Sumcheck.Rule.Weighted(tau), transcript);
    Fr x = run.point().getLast();
    var ends = rounds.ends();
    Fr bit = last(ends.bits(), masks.bit()).at(x);
    Fr sign = last(ends.signs(), masks.sign()).at(x);
    Fr magnitude = last(ends.magnitudes(), masks.magnitude()).at(x);
    transcript.send(bit);
    transcript.send(sign);
    transcript.send(magnitude);
    return new BitSumcheck(tau, delta, run, bit, sign, magnitude);
  }

  private static RoundPolynomial last(List<Fr> ends, Fr mask) {
    return RoundPolynomial.masked(ends.get(0), ends.get(1), mask);
  }

  private static final class Sum implements Sumcheck.Instance {
    private final BitRounds bits;
    private final Fr delta;
    private final Masks masks;
    private final UnivariateMask g;

    Sum(BitRounds bits, Fr delta, Masks masks) {
      this.bits = bits;
      this.delta = delta;
      this.masks = masks;
      g = masks.g2;
    }

    @Override
    public int rounds() {
      return g.rounds();
    }

    @Override
    public RoundPolynomial round(int t) {
      if (t < rounds()) {
        var q = bits.round();
        return g.ofRound(t).plus(new RoundPolynomial(Fr.ZERO, q.get(0), q.get(1)));
      }
      var ends = bits.ends();
      var bit = last(ends.bits(), masks.bit());
      var sign = last(ends.signs(), masks.sign());
      var magnitude = last(ends.magnitudes(), masks.magnitude());
      return g.ofRound(t)
          .plus(bit.times(bit))
          .plus(bit.times(Fr.of(-1)))
          .plus(sign.times(magnitude).times(delta))
          .plus(last(ends.activations(), Fr.ZERO).times(delta.negate()));
    }

    @Override
    public void bind(int t, Fr x) {
      if (t < rounds()) {
        bits.bind(x);
      }
    }
  }
}

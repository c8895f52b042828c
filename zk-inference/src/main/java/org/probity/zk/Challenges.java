package org.probity.zk;

import java.util.ArrayList;
import java.util.List;
import org.probity.zk.field.Fr;

/**
 * Every challenge of a proof, drawn by replaying its messages into the transcript
 * (docs/protocol.md, section 5). Vectors are indexed from 0: {@code s.get(0)} is the page's s_1.
 *
 * @param rho output index; {@code gamma} batches the layers
 * @param s point of sumcheck 1, empty for a single layer
 * @param tau point of the zero check; {@code delta} batches bits and activations
 * @param x point of sumcheck 2: five bit variables, then the neuron's
 * @param eta batches the linear claims; {@code theta} scales the masks M1, M2
 * @param r point of sumcheck 3
 * @param z where the folds are opened; {@code kappa} batches them; {@code zeta} tests the batch
 */
record Challenges(
    List<Fr> rho,
    Fr gamma,
    List<Fr> s,
    List<Fr> tau,
    Fr delta,
    List<Fr> x,
    Fr eta,
    Fr theta,
    List<Fr> r,
    Fr z,
    Fr kappa,
    Fr zeta) {

  static Challenges replay(Transcript transcript, Layout layout, ProofMessages proof) {
    // 1
    transcript.send(proof.bits());
    transcript.send(proof.aux());
    transcript.send(proof.mask1());
    transcript.send(proof.mask2());
    transcript.send(proof.mu());
    var rho = draw(transcript, layout.outputVariables);
    Fr gamma = transcript.challenge();
    // 2, 3
    List<Fr> s = List.of();
    if (layout.layers > 1) {
      transcript.send(proof.productSum());
      s = drawByRound(transcript, proof.productRounds());
      proof.weightHats().forEach(transcript::send);
      proof.inputHats().forEach(transcript::send);
    }
    // 4
    var tau = draw(transcript, layout.bitVariables());
    Fr delta = transcript.challenge();
    // 5
    transcript.send(proof.bitSum());
    var x = drawByRound(transcript, proof.bitRounds());
    // 6
    transcript.send(proof.bitHat());
    transcript.send(proof.signHat());
    transcript.send(proof.magnitudeHat());
    Fr eta = transcript.challenge();
    Fr theta = transcript.challenge();
    // 7
    var r = drawByRound(transcript, proof.linearRounds());
    // 8
    proof.folds().forEach(transcript::send);
    proof.rest().forEach(transcript::send);
    transcript.send(proof.blinder());
    Fr z = transcript.challenge();
    // 9
    proof.evaluations().forEach(transcript::send);
    Fr kappa = transcript.challenge();
    // 10; nothing is drawn after message 11
    transcript.send(proof.quotient());
    Fr zeta = transcript.challenge();
    return new Challenges(rho, gamma, s, tau, delta, x, eta, theta, r, z, kappa, zeta);
  }

  /** χ, the bit variables of x. */
  List<Fr> chi() {
    return x.subList(0, Layout.LOG_BITS);
  }

  /** ξ, the neuron variables of x. */
  List<Fr> xi() {
    return x.subList(Layout.LOG_BITS, x.size());
  }

  private static List<Fr> draw(Transcript transcript, int count) {
    var out = new ArrayList<Fr>();
    for (int i = 0; i < count; i++) {
      out.add(transcript.challenge());
    }
    return out;
  }

  private static List<Fr> drawByRound(Transcript transcript, List<List<Fr>> rounds) {
    var out = new ArrayList<Fr>();
    for (var round : rounds) {
      round.forEach(transcript::send);
      out.add(transcript.challenge());
    }
    return out;
  }
}

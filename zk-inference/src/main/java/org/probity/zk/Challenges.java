package org.probity.zk;

import java.util.ArrayList;
import java.util.List;
import org.probity.zk.field.Fr;

/**
 * What a verifier knows once it has replayed a proof's messages into the transcript
 * (docs/protocol.md, section 5): every challenge, and what sumchecks 1 and 2 leave. Vectors are
 * indexed from 0: {@code r.get(0)} is the page's r_1.
 *
 * @param eta batches the linear claims; {@code theta} scales the masks M1, M2
 * @param r point of sumcheck 3
 * @param z where the folds are opened; {@code kappa} batches them; {@code zeta} tests the batch
 */
record Challenges(
    ProductSumcheck product,
    BitSumcheck bit,
    Fr eta,
    Fr theta,
    List<Fr> r,
    Fr z,
    Fr kappa,
    Fr zeta) {

  static Challenges replay(Transcript transcript, Layout layout, ProofMessages proof) {
    // 1
    var first = proof.first();
    List.of(first.bits(), first.aux(), first.mask1(), first.mask2()).forEach(transcript::send);
    transcript.send(first.mu());
    var rho = transcript.challenges(layout.outputVariables);
    Fr gamma = transcript.challenge();
    // 2, 3
    var product =
        layout.layers == 1
            ? ProductSumcheck.none(rho, gamma)
            : replay(transcript, proof.products(), rho, gamma);
    // 4, 5, 6
    var bit = replay(transcript, proof.bits(), transcript.challenges(layout.bitVariables()));
    Fr eta = transcript.challenge();
    Fr theta = transcript.challenge();
    // 7
    var r = drawByRound(transcript, proof.linearRounds());
    // 8
    var opening = proof.opening();
    opening.folds().forEach(transcript::send);
    opening.rest().forEach(transcript::send);
    transcript.send(opening.blinder());
    Fr z = transcript.challenge();
    // 9
    opening.evaluations().forEach(transcript::send);
    Fr kappa = transcript.challenge();
    // 10; nothing is drawn after message 11
    transcript.send(opening.quotient());
    Fr zeta = transcript.challenge();
    return new Challenges(product, bit, eta, theta, r, z, kappa, zeta);
  }

  private static ProductSumcheck replay(
      Transcript transcript, ProofMessages.Products sent, List<Fr> rho, Fr gamma) {
    transcript.send(sent.sum());
    var s = drawByRound(transcript, sent.rounds());
    sent.weights().forEach(transcript::send);
    sent.inputs().forEach(transcript::send);
    var run = Sumcheck.verify(sent.sum(), sent.rounds(), s, new Sumcheck.Rule.Plain());
    return new ProductSumcheck(rho, gamma, run, sent.weights(), sent.inputs());
  }

  private static BitSumcheck replay(Transcript transcript, ProofMessages.Bits sent, List<Fr> tau) {
    Fr delta = transcript.challenge();
    transcript.send(sent.sum());
    var x = drawByRound(transcript, sent.rounds());
    transcript.send(sent.bit());
    transcript.send(sent.sign());
    transcript.send(sent.magnitude());
    var run = Sumcheck.verify(sent.sum(), sent.rounds(), x, new Sumcheck.Rule.Weighted(tau));
    return new BitSumcheck(tau, delta, run, sent.bit(), sent.sign(), sent.magnitude());
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

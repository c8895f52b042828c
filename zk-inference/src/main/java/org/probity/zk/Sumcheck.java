package org.probity.zk;

import java.util.ArrayList;
import java.util.List;
import org.probity.zk.field.Fr;

/**
 * A sumcheck that has run, and the one driver of all three: rounds turn a claim about a sum over
 * the cube into a claim about one value. A round polynomial is sent without one coefficient, which
 * the claim gives; so no round can contradict its claim, and all is decided by what the last claim
 * must be.
 *
 * @param sum the first claim
 * @param point the challenges, one a round
 * @param end the last claim
 */
record Sumcheck(Fr sum, List<Fr> point, Fr end) {

  /** What a prover sums. Rounds count from 1. */
  interface Instance {
    int rounds();

    /** The round's polynomial; the coefficient that the claim gives is not looked at. */
    RoundPolynomial round(int t);

    /** Binds the round's variable. */
    void bind(int t, Fr challenge);
  }

  /** What the claim is of a round's polynomial. */
  sealed interface Rule {
    /** Sumchecks 1 and 3: {@code h(0) + h(1)}, which gives c_1 without a division. */
    record Plain() implements Rule {}

    /**
     * Sumcheck 2: {@code (1-τ_t)·q(0) + τ_t·q(1)}, since eq of the round's own variable is left out
     * of q (Gruen, ePrint 2024/108); it gives q_0.
     */
    record Weighted(List<Fr> tau) implements Rule {}

    /** The degree whose coefficient is not sent. */
    default int omitted() {
      return this instanceof Plain ? 1 : 0;
    }

    /** The same coefficient of round t, from the others. */
    private RoundPolynomial complete(int t, RoundPolynomial round, Fr claim) {
      var coefficients = round.coefficients();
      coefficients[omitted()] = Fr.ZERO;
      coefficients[omitted()] =
          switch (this) {
            case Plain() -> claim.minus(coefficients[0]).minus(round.sum());
            case Weighted(var tau) -> claim.minus(tau.get(t - 1).times(round.sum()));
          };
      return round;
    }
  }

  static Sumcheck prove(Fr sum, Instance instance, Rule rule, Transcript transcript) {
    var point = new ArrayList<Fr>();
    Fr claim = sum;
    for (int t = 1; t <= instance.rounds(); t++) {
      var round = rule.complete(t, instance.round(t), claim);
      for (int e = 0; e <= round.degree(); e++) {
        if (e != rule.omitted()) {
          transcript.send(round.coefficient(e));
        }
      }
      Fr challenge = transcript.challenge();
      point.add(challenge);
      claim = round.at(challenge);
      instance.bind(t, challenge);
    }
    return new Sumcheck(sum, point, claim);
  }

  /** The verifier's side, on rounds as they were sent and the challenges after each. */
  static Sumcheck verify(Fr sum, List<List<Fr>> rounds, List<Fr> point, Rule rule) {
    Fr claim = sum;
    for (int t = 1; t <= rounds.size(); t++) {
      var coefficients = new ArrayList<Fr>(rounds.get(t - 1));
      coefficients.add(rule.omitted(), Fr.ZERO);
      var round = new RoundPolynomial(coefficients.toArray(Fr[]::new));
      claim = rule.complete(t, round, claim).at(point.get(t - 1));
    }
    return new Sumcheck(sum, point, claim);
  }
}

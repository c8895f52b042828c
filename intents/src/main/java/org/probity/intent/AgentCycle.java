package org.probity.intent;

import org.probity.chain.Head;
import org.probity.ground.Bytes32;
import org.probity.strategy.Strategy;
import org.probity.zk.CommittedModel;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.FeatureVector;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Verdict;

/**
 * The pure step from a head to a proven intent, the same live, in a simulation and in a replay:
 *
 * <pre>{@code Head -> FeatureVector -> Decision -> DecisionProof -> ProvenIntent}</pre>
 *
 * It reads no clock (a head brings its own time), draws no randomness and reaches no network by
 * itself: whatever could, is given to it.
 */
public final class AgentCycle {

  /** Proves decisions of one model. */
  @FunctionalInterface
  public interface Proving {
    DecisionProof prove(FeatureVector features, Decision decision, Bytes32 context);
  }

  /** Checks proofs of one model. */
  @FunctionalInterface
  public interface Checking {
    Verdict verify(FeatureVector features, Decision decision, Bytes32 context, DecisionProof proof);
  }

  private final Mandate mandate;
  private final FeatureSource features;
  private final Strategy strategy;
  private final Proving prover;
  private final Checking verifier;

  public AgentCycle(
      Mandate mandate,
      FeatureSource features,
      Strategy strategy,
      Proving prover,
      Checking verifier) {
    this.mandate = mandate;
    this.features = features;
    this.strategy = strategy;
    this.prover = prover;
    this.verifier = verifier;
  }

  /** With proofs of {@code model}: made by {@code prover}, checked by {@code verifier}. */
  public static AgentCycle of(
      Mandate mandate,
      FeatureSource features,
      Strategy strategy,
      CommittedModel model,
      Prover prover,
      ProofVerifier verifier) {
    return new AgentCycle(
        mandate,
        features,
        strategy,
        (x, y, context) -> prover.prove(model, x, y, context),
        (x, y, context, proof) -> verifier.verify(model.key(), x, y, context, proof));
  }

  /** For whom it decides. */
  public Mandate mandate() {
    return mandate;
  }

  /**
   * Sees and decides. The decision's deadline follows from the head's own time.
   *
   * @throws org.probity.chain.ChainException if the features cannot be read
   */
  public Proposal propose(Head head) {
    Observation seen = observe(head);
    return propose(head, seen, strategy.decide(seen.features()));
  }

  /**
   * The same without the digest that only a proof is bound to: the head's hash names what is
   * decided on it.
   */
  public Proposal unproven(Head head) {
    Observation seen = observe(head);
    Decision decided = strategy.decide(seen.features());
    return new Proposal(head, mandate, seen, decided, mandate.deadline(head), head.hash());
  }

  /**
   * What is to be decided on at {@code head}.
   *
   * @throws org.probity.chain.ChainException if the features cannot be read
   */
  public Observation observe(Head head) {
    return features.at(head);
  }

  /**
   * The proposal that a decision amounts to, for callers that have the model decide for many agents
   * at once.
   *
   * @param decided what the strategy decides on the features of {@code seen}
   */
  public Proposal propose(Head head, Observation seen, Decision decided) {
    return Proposal.of(head, mandate, seen, decided, mandate.deadline(head));
  }

  /** What the strategy decides on {@code seen}. */
  public Decision decide(FeatureVector seen) {
    return strategy.decide(seen);
  }

  /** The bare proof of a statement, for a prover that knows nothing of heads and vaults. */
  public DecisionProof proof(FeatureVector seen, Decision decision, Bytes32 context) {
    return prover.prove(seen, decision, context);
  }

  /** Proves what was decided. */
  public ProvenIntent prove(Proposal proposal) {
    return new ProvenIntent(
        proposal,
        prover.prove(proposal.observation().features(), proposal.decision(), proposal.context()));
  }

  /** Whether the proof holds. Nothing else may be sent: a venue would spend gas to refuse it. */
  public Verdict check(ProvenIntent intent) {
    return verifier.verify(intent.features(), intent.decision(), intent.context(), intent.proof());
  }

  /**
   * The whole step.
   *
   * @throws IllegalStateException if the prover made a proof that does not hold
   */
  public ProvenIntent step(Head head) {
    ProvenIntent intent = prove(propose(head));
    Verdict verdict = check(intent);
    if (verdict != Verdict.ACCEPTED) {
      throw new IllegalStateException("The proof just made does not hold: " + verdict);
    }
    return intent;
  }
}

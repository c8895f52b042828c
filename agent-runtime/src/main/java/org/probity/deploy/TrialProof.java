package org.probity.deploy;

import org.probity.ground.Bytes32;
import org.probity.strategy.FeatureDefinition.Feature;
import org.probity.strategy.StrategyBundle;
import org.probity.terminal.Complaint;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.Entropy;
import org.probity.zk.FeatureVector;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Prover;
import org.probity.zk.Srs;
import org.probity.zk.Verdict;
import org.probity.zk.backend.ComputeBackend;

/**
 * Whether a strategy and a reference string belong together. A bundle does not name the string that
 * its model was committed under, and one proof tells: under another string none holds.
 */
public final class TrialProof {

  private TrialProof() {}

  /**
   * Proves a decision and checks the proof, before anything is paid for.
   *
   * @throws Complaint if the model was not committed under {@code srs}
   */
  public static void require(StrategyBundle bundle, Srs srs, ComputeBackend backend) {
    FeatureVector features =
        FeatureVector.of(
            bundle.manifest().features().features().stream()
                .mapToInt(TrialProof::nearestToZero)
                .toArray());
    Decision decision = bundle.network().decide(features);
    Bytes32 context = Bytes32.of(new byte[Bytes32.SIZE]);
    DecisionProof proof =
        new Prover(srs, backend, Entropy.secure())
            .prove(bundle.model(), features, decision, context);
    require(bundle, srs, features, decision, context, proof);
  }

  /**
   * Checks a proof that was just made.
   *
   * @throws Complaint if it does not hold
   */
  public static void require(
      StrategyBundle bundle,
      Srs srs,
      FeatureVector features,
      Decision decision,
      Bytes32 context,
      DecisionProof proof) {
    Verdict verdict =
        new ProofVerifier(srs).verify(bundle.model().key(), features, decision, context, proof);
    if (!verdict.accepted()) {
      throw new Complaint(
          "Proofs of %s do not hold under this reference string (%s): name the one that its model was committed under, or import its weights again under this one."
              .formatted(bundle.manifest().name(), verdict));
    }
  }

  private static int nearestToZero(Feature feature) {
    return Math.clamp(0, feature.min(), feature.max());
  }
}

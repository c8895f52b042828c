package org.probity.zk;

import org.probity.ground.Bytes32;

/**
 * A decision that is to be proven.
 *
 * @param model whose decision it is
 * @param features what it was made on
 * @param context what the proof is bound to
 */
public record ProofRequest(
    CommittedModel model, FeatureVector features, Decision decision, Bytes32 context) {}

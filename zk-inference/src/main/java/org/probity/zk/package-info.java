/**
 * Zero-knowledge proofs that a committed private network decided: what docs/protocol.md says, in
 * Java.
 *
 * <p>Entry: {@link org.probity.zk.CommittedModel#commit} makes a model and its public {@link
 * org.probity.zk.ModelKey}, {@link org.probity.zk.Prover} proves one {@link
 * org.probity.zk.Decision} on one {@link org.probity.zk.FeatureVector}, {@link
 * org.probity.zk.ProofVerifier} checks the {@link org.probity.zk.DecisionProof}. Each step of the
 * protocol is one package-private file. The package knows no chain and no strategy.
 */
@NullMarked
package org.probity.zk;

import org.jspecify.annotations.NullMarked;

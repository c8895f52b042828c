/**
 * Zero-knowledge proofs that a committed private network decided: what docs/protocol.md says, in
 * Java.
 *
 * <p>Entry: {@link org.probity.zk.CommittedModel#commit} makes a model and its public {@link
 * org.probity.zk.ModelKey}, {@link org.probity.zk.Prover} proves one {@link
 * org.probity.zk.Decision} on one {@link org.probity.zk.FeatureVector}, {@link
 * org.probity.zk.ProofVerifier} checks the {@link org.probity.zk.DecisionProof}. Each step of the
 * protocol is one package-private file. The package knows no chain and no strategy.
 *
 * <p>It has more files than other packages, for one reason: the steps work on the secrets of a
 * model, a witness and its masks, which stay package-private. In a package of their own they, and
 * what they read of {@code Network}, {@code Dense} and {@code CommittedModel}, would be public.
 */
@NullMarked
package org.probity.zk;

import org.jspecify.annotations.NullMarked;

package org.probity.intent.audit;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.ground.Bytes32;
import org.probity.intent.Vault;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.VaultDecision;
import org.probity.zk.ProofVerifier;
import org.probity.zk.Verdict;

/** Checks proofs as the vault's own verifier does, on the keys that its policies name. */
final class Proofs {

  private final ChainClient chain;
  private final Vault vault;
  private final Reading reading;
  private final Optional<ProofVerifier> verifier;
  private final Map<Bytes32, Optional<byte[]>> keys = new HashMap<>();

  Proofs(ChainClient chain, Vault vault, Reading reading) {
    this.chain = chain;
    this.vault = vault;
    this.reading = reading;
    this.verifier = Genuine.verifier(chain, vault);
  }

  /** The key of a policy's model; empty if what lies there is another, or nothing. */
  Optional<byte[]> key(Policy policy) {
    return keys.computeIfAbsent(
        policy.model().digest(),
        digest -> {
          Bytes code = reading.timed(() -> chain.code(policy.model().code()));
          Bytes key = code.isEmpty() ? Bytes.EMPTY : code.slice(1, code.length());
          return key.keccak().equals(digest) ? Optional.of(key.toArray()) : Optional.empty();
        });
  }

  /** Why no proof under a key can be checked; empty if it can. */
  Optional<String> obstacle(Optional<byte[]> key) {
    if (verifier.isEmpty()) {
      return Optional.of("the vault's verifier is none of this release");
    }
    return key.isPresent()
        ? Optional.empty()
        : Optional.of("the key of its model is not where the policy says");
  }

  /** Whether a proof holds; safe in many threads. Without features or a key nothing does. */
  Verdict verify(
      Optional<byte[]> key,
      BigInteger @Nullable [] features,
      VaultDecision decision,
      Bytes32 policy,
      Bytes proof) {
    if (features == null || obstacle(key).isPresent()) {
      return Verdict.MALFORMED_FEATURES;
    }
    return verifier
        .orElseThrow()
        .verify(
            key.orElseThrow(),
            features,
            decision.outputs().toArray(BigInteger[]::new),
            decision.context(chain.chainId(), vault.address(), policy),
            proof.toArray());
  }
}

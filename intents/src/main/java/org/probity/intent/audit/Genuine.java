package org.probity.intent.audit;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.intent.Vault;
import org.probity.zk.ProofVerifier;

/** Whether a vault and its parts are the contracts of this release, and what they were given. */
final class Genuine {

  private static final ContractArtifact VERIFIER = ContractArtifact.load("DecisionVerifier");
  private static final int TAU_WORDS = 4;

  private Genuine() {}

  /** Tells of every part whose code is another. */
  static void look(ChainClient chain, Vault vault, long head, Consumer<Finding> findings) {
    look(chain, "Vault", vault.address(), head, findings);
    look(chain, "PolicyEngine", vault.parts().engine(), head, findings);
    look(chain, "PolicyRules", vault.parts().rules(), head, findings);
    look(chain, "DecisionVerifier", vault.parts().verifier(), head, findings);
  }

  private static void look(
      ChainClient chain, String name, Address address, long head, Consumer<Finding> findings) {
    if (!ContractArtifact.load(name).isCode(chain.code(address))) {
      findings.accept(
          Finding.wrong(
              head,
              "What lies at %s is not the %s of this release: what it would refuse is not known"
                  .formatted(address, name)));
    }
  }

  /**
   * A verifier over the reference string that the vault's own verifier holds; empty if its code is
   * another, so that nothing is known of it.
   */
  static Optional<ProofVerifier> verifier(ChainClient chain, Vault vault) {
    Bytes code = chain.code(vault.parts().verifier());
    if (!VERIFIER.isCode(code)) {
      return Optional.empty();
    }
    // The digest tells which of the code's constants are the point's four words, and in which
    // order.
    return arranged(VERIFIER.immutables(code), new ArrayList<>(), vault.srsDigest())
        .map(words ->
            new ProofVerifier(
                words.stream().map(word -> new BigInteger(1, word.toByteArray())).toList()));
  }

  private static Optional<List<Bytes32>> arranged(
      List<Bytes32> words, List<Bytes32> chosen, Bytes32 digest) {
    if (chosen.size() == TAU_WORDS) {
      byte[][] parts = chosen.stream().map(Bytes32::toByteArray).toArray(byte[][]::new);
      return Keccak.hash(parts).equals(digest)
          ? Optional.of(List.copyOf(chosen))
          : Optional.empty();
    }
    for (Bytes32 word : words) {
      if (!chosen.contains(word)) {
        List<Bytes32> more = new ArrayList<>(chosen);
        more.add(word);
        Optional<List<Bytes32>> found = arranged(words, more, digest);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }
}

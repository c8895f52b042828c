package org.probity.intent;

import java.math.BigInteger;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.chain.Eip712;
import org.probity.ground.Bytes32;

/**
 * What a proof is bound to besides model, features and decision: one vault on one chain, one nonce,
 * one deadline, one moment. The EIP-712 digest that {@code ProofBoundVault.contextOf} computes.
 *
 * <p>See <a href="https://eips.ethereum.org/EIPS/eip-712">EIP-712</a>; the domain is {@code {name:
 * "Probity", version: "1", chainId, verifyingContract: vault}}.
 */
public final class DecisionContext {

  /** The domain's type string. */
  public static final String DOMAIN_TYPE =
      "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

  /** The message's type string. */
  public static final String DECISION_TYPE =
      "Decision(bytes32 model,uint256 nonce,uint256 deadline,uint32 asOf,uint256 decision)";

  private static final Eip712 DOMAIN = Eip712.type(DOMAIN_TYPE);
  private static final Eip712 DECISION = Eip712.type(DECISION_TYPE);

  /** A backtest decides half a million times for one vault. */
  private record Domain(long chainId, Address vault, Bytes32 separator) {}

  private static volatile @Nullable Domain last;

  private DecisionContext() {}

  /**
   * The digest.
   *
   * @param model digest of the model's key
   * @param deadline last block timestamp at which the decision may be executed
   * @param asOf the moment the features are of, in seconds of Unix time, below 2^32
   * @param decision the model's class
   */
  public static Bytes32 of(
      long chainId,
      Address vault,
      Bytes32 model,
      BigInteger nonce,
      long deadline,
      long asOf,
      int decision) {
    return DECISION.digest(
        domainSeparator(chainId, vault),
        Map.of(
            "model", model,
            "nonce", nonce,
            "deadline", deadline,
            "asOf", asOf,
            "decision", decision));
  }

  /** The digest of the domain: this protocol, for this vault on this chain. */
  public static Bytes32 domainSeparator(long chainId, Address vault) {
    Domain known = last;
    if (known == null || known.chainId != chainId || !known.vault.equals(vault)) {
      known =
          new Domain(
              chainId,
              vault,
              DOMAIN.hash(
                  Map.of(
                      "name",
                      "Probity",
                      "version",
                      "1",
                      "chainId",
                      chainId,
                      "verifyingContract",
                      vault)));
      last = known;
    }
    return known.separator;
  }
}

package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.chain.Eip712;
import org.probity.ground.Bytes32;

/**
 * A decision as a vault takes it, the {@code Decision} of {@code Vault.sol}: what a proof is bound
 * to, besides the features and the policy.
 *
 * @param model keccak256 of the model's key
 * @param deadline last timestamp at which it may be used
 * @param asOf the moment it is of
 * @param executor who may execute it; zero for anyone
 * @param maxSlippageBps the worst price it accepts; the policy's own if that is tighter
 */
public record VaultDecision(
    Bytes32 model,
    long nonce,
    BigInteger deadline,
    long asOf,
    Address executor,
    int maxSlippageBps,
    List<BigInteger> outputs) {

  /** The domain's type string. */
  public static final String DOMAIN_TYPE =
      "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

  /** The message's type string. */
  public static final String DECISION_TYPE =
      "Decision(bytes32 model,bytes32 policy,uint256 nonce,uint256 deadline,uint32 asOf,"
          + "address executor,uint16 maxSlippageBps,int256[] outputs)";

  private static final Eip712 DOMAIN = Eip712.type(DOMAIN_TYPE);
  private static final Eip712 DECISION = Eip712.type(DECISION_TYPE);

  /** A backtest decides half a million times for one vault. */
  private record Domain(long chainId, Address vault, Bytes32 separator) {}

  private static volatile @Nullable Domain last;

  public VaultDecision {
    outputs = List.copyOf(outputs);
  }

  /** The struct as the contract takes it. */
  public List<Object> toStruct() {
    return List.of(model, nonce, deadline, asOf, executor, maxSlippageBps, outputs);
  }

  /**
   * The EIP-712 digest that a proof is bound to, version 2: {@code Vault.contextOf}.
   *
   * @param policy hash of the policy in force
   */
  public Bytes32 context(long chainId, Address vault, Bytes32 policy) {
    return DECISION.digest(
        domainSeparator(chainId, vault),
        Map.of(
            "model", model,
            "policy", policy,
            "nonce", nonce,
            "deadline", deadline,
            "asOf", asOf,
            "executor", executor,
            "maxSlippageBps", maxSlippageBps,
            "outputs", outputs));
  }

  /** The digest of the domain: this protocol, for this vault on this chain. */
  public static Bytes32 domainSeparator(long chainId, Address vault) {
    Domain known = last;
    if (known == null || known.chainId != chainId || !known.vault.equals(vault)) {
      Map<String, Object> domain =
          Map.of("name", "Probity", "version", "2", "chainId", chainId, "verifyingContract", vault);
      known = new Domain(chainId, vault, DOMAIN.hash(domain));
      last = known;
    }
    return known.separator;
  }
}

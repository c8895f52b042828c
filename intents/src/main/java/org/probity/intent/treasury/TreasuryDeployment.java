package org.probity.intent.treasury;

import java.math.BigInteger;
import java.util.List;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.Policy;
import org.probity.zk.ModelKey;

/**
 * The calls that put a vault and all that it is made of on a chain. Anybody may send them: what has
 * an owner is told who, and the sender owns nothing.
 */
public final class TreasuryDeployment {

  private TreasuryDeployment() {}

  /**
   * What vaults share. None of it has an owner.
   *
   * @param verifier of every model's proofs
   * @param keys models' keys by their content
   * @param engine says what a decision comes to
   * @param rules say what a policy may be
   * @param action swaps on Uniswap v3
   */
  public record Foundation(
      Address verifier, Address keys, Address engine, Address rules, Address action) {}

  /** The sources of features. */
  public record Sources(Address twapReturns, Address chainlinkReturns, Address signedReport) {}

  /**
   * What a chain has already.
   *
   * @param v3Factory Uniswap's, which knows each canonical pool
   * @param sequencer Chainlink's feed of the sequencer's uptime; zero where there is no sequencer
   */
  public record Surroundings(Address v3Factory, Address sequencer) {}

  /** Sends a deployment and tells where the contract is. */
  @FunctionalInterface
  public interface Creation {
    Address create(String what, Call deployment);
  }

  /**
   * Creates what vaults share.
   *
   * @param tauG2 the reference string's element of the second group, as {@code Srs.tauG2Words}
   *     gives it
   */
  public static Foundation foundation(
      Creation creation, List<BigInteger> tauG2, Surroundings chain) {
    Address verifier = creation.create("the verifier", Treasury.VERIFIER.deployment(tauG2));
    Address keys = creation.create("the store of keys", Treasury.KEYS.deployment());
    Address engine =
        creation.create("the policy engine", Treasury.ENGINE.deployment(chain.sequencer()));
    Address rules =
        creation.create(
            "the rules of policies",
            Treasury.RULES.deployment(keys, chain.v3Factory(), chain.sequencer()));
    Address action = creation.create("the Uniswap v3 action", Treasury.V3_ACTION.deployment());
    return new Foundation(verifier, keys, engine, rules, action);
  }

  /** Creates the sources of features. */
  public static Sources sources(Creation creation) {
    return new Sources(
        creation.create("the source of pools' returns", Treasury.TWAP_RETURNS.deployment()),
        creation.create("the source of feeds' returns", Treasury.CHAINLINK_RETURNS.deployment()),
        creation.create("the source of signed reports", Treasury.SIGNED_REPORT.deployment()));
  }

  /** Stores a model's key, or does nothing if it is stored. */
  public static Call store(Foundation foundation, ModelKey key) {
    return Call.of(foundation.keys, Treasury.KEYS.function("store"), Bytes.of(key.bytes()));
  }

  /** Where a stored key lies as code. */
  public static Address keyAt(ChainClient chain, Foundation foundation, Bytes32 digest) {
    return chain.call(foundation.keys, Treasury.KEYS.function("codeOf"), digest).address("code");
  }

  /**
   * Has the rules look at a policy, as a vault would that is created with it.
   *
   * @throws CallReverted that names what is wrong with it
   */
  public static void validate(ChainClient chain, Foundation foundation, Policy policy) {
    Bytes blob = Bytes.of(policy.encoded());
    Treasury.explained(
        () -> chain.call(foundation.rules, Treasury.RULES.function("validate"), blob));
  }

  /**
   * Creates a vault.
   *
   * @param owner sets its policy, deposits, takes out; never the model's agent
   * @param recipient where exits go, for good
   */
  public static Call vault(Foundation foundation, Address owner, Address recipient, Policy policy) {
    return Treasury.VAULT.deployment(
        owner,
        recipient,
        foundation.verifier,
        foundation.engine,
        foundation.rules,
        Bytes.of(policy.encoded()));
  }
}

package org.probity.intent;

import java.math.BigInteger;
import java.util.List;
import java.util.function.Consumer;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.Outcome;
import org.probity.chain.Receipt;
import org.probity.chain.TransactionSender;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.Policy;
import org.probity.intent.source.SourceContracts;
import org.probity.zk.ModelKey;

/**
 * The calls that put a vault and all that it is made of on a chain. Anybody may send them: what has
 * an owner is told who, and the sender owns nothing.
 */
public final class VaultDeployment {

  private VaultDeployment() {}

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

  /** Sends a deployment's calls one by one, from one account. */
  public static final class Sending implements Creation {

    private final TransactionSender sender;
    private final Consumer<String> progress;

    /**
     * @param sender pays, and owns nothing of what it creates
     * @param progress told of each contract once it is there, in a few words
     */
    public Sending(TransactionSender sender, Consumer<String> progress) {
      this.sender = sender;
      this.progress = progress;
    }

    /**
     * {@inheritDoc}
     *
     * @throws DeploymentFailed if the chain does not take it
     */
    @Override
    public Address create(String what, Call deployment) {
      Address created = execute(what, deployment).createdContract();
      if (created == null) {
        throw new DeploymentFailed(
            "Deploying %s gave no contract: check that the node serves full receipts"
                .formatted(what));
      }
      progress.accept("%s is at %s".formatted(what, created));
      return created;
    }

    /**
     * Sends a call that creates nothing.
     *
     * @throws DeploymentFailed if the chain does not take it
     */
    public Receipt execute(String what, Call call) {
      return switch (sender.send(call)) {
        case Outcome.Mined(var receipt) -> receipt;
        case Outcome.Reverted(_, var reason) -> throw failed(what, "it reverted: " + reason);
        case Outcome.Refused(var reason) -> throw failed(what, String.valueOf(reason));
        case Outcome.Abandoned(_, _, var detail) -> throw failed(what, detail);
        case Outcome.Unknown(var transaction) ->
            throw failed(
                what,
                "transaction %s is in no block yet; look it up before trying again"
                    .formatted(transaction));
      };
    }

    private DeploymentFailed failed(String what, String why) {
      return new DeploymentFailed(
          "The chain did not take %s from %s: %s".formatted(what, sender.address(), why));
    }
  }

  /** The reason that the chain gave for refusing a step. */
  public static final class DeploymentFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DeploymentFailed(String message) {
      super(message);
    }
  }

  /**
   * Creates what vaults share.
   *
   * @param tauG2 the reference string's element of the second group, as {@code Srs.tauG2Words}
   *     gives it
   */
  public static Foundation foundation(
      Creation creation, List<BigInteger> tauG2, Surroundings chain) {
    Address verifier = creation.create("the verifier", Vault.VERIFIER.deployment(tauG2));
    Address keys = creation.create("the store of keys", Vault.KEYS.deployment());
    Address engine =
        creation.create("the policy engine", Vault.ENGINE.deployment(chain.sequencer()));
    Address rules =
        creation.create(
            "the rules of policies",
            Vault.RULES.deployment(keys, chain.v3Factory(), chain.sequencer()));
    Address action = creation.create("the Uniswap v3 action", Vault.V3_ACTION.deployment());
    return new Foundation(verifier, keys, engine, rules, action);
  }

  /** Creates the sources of features. */
  public static SourceContracts sources(Creation creation) {
    return new SourceContracts(
        creation.create("the source of pools' returns", Vault.TWAP_RETURNS.deployment()),
        creation.create("the source of feeds' returns", Vault.CHAINLINK_RETURNS.deployment()),
        creation.create("the source of signed reports", Vault.SIGNED_REPORT.deployment()));
  }

  /** Stores a model's key, or does nothing if it is stored. */
  public static Call store(Foundation foundation, ModelKey key) {
    return Call.of(foundation.keys, Vault.KEYS.function("store"), Bytes.of(key.bytes()));
  }

  /** Where a stored key lies as code. */
  public static Address keyAt(ChainClient chain, Foundation foundation, Bytes32 digest) {
    return chain.call(foundation.keys, Vault.KEYS.function("codeOf"), digest).address("code");
  }

  /**
   * Has the rules look at a policy, as a vault would that is created with it.
   *
   * @throws CallReverted that names what is wrong with it
   */
  public static void validate(ChainClient chain, Foundation foundation, Policy policy) {
    Bytes blob = Bytes.of(policy.encoded());
    Vault.explained(() -> chain.call(foundation.rules, Vault.RULES.function("validate"), blob));
  }

  /**
   * Creates a vault.
   *
   * @param owner sets its policy, deposits, takes out; never the model's agent
   * @param recipient where exits go, for good
   */
  public static Call vault(Foundation foundation, Address owner, Address recipient, Policy policy) {
    return Vault.VAULT.deployment(
        owner,
        recipient,
        foundation.verifier,
        foundation.engine,
        foundation.rules,
        Bytes.of(policy.encoded()));
  }
}

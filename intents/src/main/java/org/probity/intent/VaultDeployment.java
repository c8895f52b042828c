package org.probity.intent;

import java.math.BigInteger;
import java.util.List;
import java.util.function.Consumer;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.Outcome;
import org.probity.chain.Receipt;
import org.probity.chain.TransactionSender;
import org.probity.ground.Bytes32;
import org.probity.strategy.feature.TwapDefinition;
import org.probity.zk.ModelKey;

/** Puts a vault and all that it is made of on a chain. */
public final class VaultDeployment {

  private static final ContractArtifact VERIFIER = ContractArtifact.load("DecisionVerifier");
  private static final ContractArtifact REGISTRY = ContractArtifact.load("ModelRegistry");
  private static final ContractArtifact SOURCE = ContractArtifact.load("TwapFeatureSource");
  private static final ContractArtifact VAULT = ContractArtifact.load("ProofBoundVault");

  private final ChainClient chain;
  private final TransactionSender sender;
  private final Consumer<String> progress;
  private final Calls calls;

  /**
   * @param sender pays, and owns what has an owner
   * @param progress told of each contract once it is there, in a few words
   */
  public VaultDeployment(ChainClient chain, TransactionSender sender, Consumer<String> progress) {
    this.chain = chain;
    this.sender = sender;
    this.progress = progress;
    this.calls = new Calls(sender.address());
  }

  /** What vaults share: one verifier for every model, one registry, one definition of features. */
  public record Foundation(Address verifier, Address registry, Address source) {}

  /**
   * A model in a registry.
   *
   * @param id the name of its slot, by which vaults refer to it
   */
  public record RegisteredModel(Bytes32 id, ModelKey key) {}

  /** The reason that the chain gave for refusing a step. */
  public static final class DeploymentFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DeploymentFailed(String message) {
      super(message);
    }
  }

  /**
   * The calls that a deployment consists of, for those who send them one by one.
   *
   * @param owner sends them, and owns what has an owner
   */
  public record Calls(Address owner) {

    /**
     * Creates the verifier.
     *
     * @param tauG2 the reference string's element of the second group, as {@code Srs.tauG2Words}
     *     gives it
     */
    public Call verifier(List<BigInteger> tauG2) {
      return VERIFIER.deployment(tauG2);
    }

    /** Creates the registry of models. */
    public Call registry() {
      return REGISTRY.deployment();
    }

    /** Creates the source of features. */
    public Call source(TwapDefinition features) {
      return SOURCE.deployment(
          features.horizonsSeconds().stream().map(BigInteger::valueOf).toList(),
          BigInteger.valueOf(features.referenceHorizon()));
    }

    /**
     * Registers a model in a slot of the owner's.
     *
     * @param salt the owner's own name for the slot
     * @param delaySeconds how long a later replacement must wait
     */
    public Call registration(Address registry, ModelKey key, Bytes32 salt, long delaySeconds) {
      return Call.of(
          registry,
          REGISTRY.function("register"),
          salt,
          Bytes.of(key.bytes()),
          BigInteger.valueOf(delaySeconds));
    }

    /** The name of a slot of the owner's. */
    public Bytes32 slot(ChainClient chain, Address registry, Bytes32 salt) {
      return chain.call(registry, REGISTRY.function("idOf"), owner, salt).word("idOf");
    }

    /** Creates a vault that trades {@code base} on {@code pool}. */
    public Call vault(
        Foundation foundation, Bytes32 slot, Address pool, Address base, VaultPolicy policy) {
      List<Object> parts =
          List.of(
              owner, foundation.registry, slot, foundation.verifier, foundation.source, pool, base);
      return VAULT.deployment(parts, policy.toStruct());
    }

    /** Moves tokens of the owner's, which it has approved, into the vault's books. */
    public Call deposit(Address vault, BigInteger base, BigInteger quote) {
      return Call.of(vault, VAULT.function("deposit"), base, quote);
    }
  }

  /** Whether a registry knows a model under this name. */
  public static boolean knows(ChainClient chain, Address registry, Bytes32 slot) {
    try {
      chain.call(registry, REGISTRY.function("digest"), slot);
      return true;
    } catch (CallReverted e) {
      return false;
    }
  }

  /**
   * Deploys verifier, registry and feature source.
   *
   * @param tauG2 the reference string's element of the second group, as {@code Srs.tauG2Words}
   *     gives it
   * @throws DeploymentFailed if the chain refuses one of them
   */
  public Foundation foundation(List<BigInteger> tauG2, TwapDefinition features) {
    Address verifier = create("the verifier", calls.verifier(tauG2));
    Address registry = create("the model registry", calls.registry());
    Address source = create("the feature source", calls.source(features));
    return new Foundation(verifier, registry, source);
  }

  /**
   * Registers a model in a slot of the sender's.
   *
   * @param salt the sender's own name for the slot
   * @param delaySeconds how long a later replacement must wait
   */
  public RegisteredModel register(
      Foundation foundation, ModelKey key, Bytes32 salt, long delaySeconds) {
    execute(
        "registering the model", calls.registration(foundation.registry, key, salt, delaySeconds));
    progress.accept("model " + key.digest().hex().substring(0, 10) + "… registered");
    return new RegisteredModel(calls.slot(chain, foundation.registry, salt), key);
  }

  /** Deploys a vault of the sender's that trades {@code base} on {@code pool}. */
  public Vault vault(
      Foundation foundation,
      RegisteredModel model,
      Address pool,
      Address base,
      VaultPolicy policy) {
    return Vault.at(
        chain, create("the vault", calls.vault(foundation, model.id, pool, base, policy)));
  }

  /** Moves tokens of the sender's into the vault's books. */
  public void deposit(Vault vault, BigInteger base, BigInteger quote) {
    approve(vault.parts().base(), vault.address(), base);
    approve(vault.parts().quote(), vault.address(), quote);
    execute("the deposit", calls.deposit(vault.address(), base, quote));
  }

  private void approve(Address token, Address spender, BigInteger amount) {
    execute("approving the deposit", new Erc20(token).approve(spender, amount));
  }

  private Address create(String what, Call deployment) {
    Address created = execute(what, deployment).createdContract();
    if (created == null) {
      throw new DeploymentFailed(
          "Deploying %s gave no contract: check that the node serves full receipts"
              .formatted(what));
    }
    progress.accept("%s is at %s".formatted(what, created));
    return created;
  }

  private Receipt execute(String what, Call call) {
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

package org.probity.intent;

import java.math.BigInteger;
import java.util.List;
import java.util.function.Consumer;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Hash;
import org.probity.chain.Outcome;
import org.probity.chain.Receipt;
import org.probity.chain.TransactionSender;
import org.probity.strategy.feature.TwapDefinition;
import org.probity.zk.Bytes32;
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

  /**
   * @param sender pays, and owns what has an owner
   * @param progress told of each contract once it is there, in a few words
   */
  public VaultDeployment(ChainClient chain, TransactionSender sender, Consumer<String> progress) {
    this.chain = chain;
    this.sender = sender;
    this.progress = progress;
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
   * Deploys verifier, registry and feature source.
   *
   * @param tauG2 the reference string's element of the second group, as {@code Srs.tauG2Words}
   *     gives it
   * @throws DeploymentFailed if the chain refuses one of them
   */
  public Foundation foundation(List<BigInteger> tauG2, TwapDefinition features) {
    Address verifier = create("the verifier", VERIFIER.deployment(tauG2));
    Address registry = create("the model registry", REGISTRY.deployment());
    Address source =
        create(
            "the feature source",
            SOURCE.deployment(
                features.horizonsSeconds().stream().map(BigInteger::valueOf).toList(),
                BigInteger.valueOf(features.referenceHorizon())));
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
    Hash name = Hash.of(salt.toByteArray());
    execute(
        "registering the model",
        Call.of(
            foundation.registry,
            REGISTRY.function("register"),
            name,
            Bytes.of(key.bytes()),
            BigInteger.valueOf(delaySeconds)));
    Hash id =
        (Hash)
            chain
                .call(foundation.registry, REGISTRY.function("idOf"), sender.address(), name)
                .getFirst();
    progress.accept("model " + key.digest().hex().substring(0, 10) + "… registered");
    return new RegisteredModel(Bytes32.of(id.bytes()), key);
  }

  /** Deploys a vault of the sender's that trades {@code base} on {@code pool}. */
  public Vault vault(
      Foundation foundation,
      RegisteredModel model,
      Address pool,
      Address base,
      VaultPolicy policy) {
    List<Object> parts =
        List.of(
            sender.address(),
            foundation.registry,
            Hash.of(model.id.toByteArray()),
            foundation.verifier,
            foundation.source,
            pool,
            base);
    return Vault.at(chain, create("the vault", VAULT.deployment(parts, policy.toStruct())));
  }

  /** Moves tokens of the sender's into the vault's books. */
  public void deposit(Vault vault, BigInteger base, BigInteger quote) {
    approve(vault.parts().base(), vault.address(), base);
    approve(vault.parts().quote(), vault.address(), quote);
    execute("the deposit", Call.of(vault.address(), VAULT.function("deposit"), base, quote));
  }

  private void approve(Address token, Address spender, BigInteger amount) {
    execute("approving the deposit", new org.probity.chain.Erc20(token).approve(spender, amount));
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

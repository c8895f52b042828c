package org.probity.agent;

import java.util.Optional;
import java.util.stream.Stream;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.ground.Bytes32;
import org.probity.intent.Vault;
import org.probity.intent.policy.Policy;
import org.probity.intent.source.SourceContracts;
import org.probity.intent.source.VaultProgram;
import org.probity.settings.BadSetting;
import org.probity.strategy.StrategyManifest;

/** Why a strategy or an account cannot act for a vault, each in a sentence of cause and remedy. */
public final class VaultFit {

  private VaultFit() {}

  /**
   * Refuses an agent that could not act for a vault, or may not.
   *
   * @param strategy empty on a node that does not have it
   * @throws BadSetting in one sentence
   * @throws IllegalArgumentException if the vault's policy is none that this release can repeat
   */
  public static void require(
      ChainClient chain,
      Vault vault,
      Bytes32 model,
      Optional<StrategyManifest> strategy,
      Address account) {
    Policy policy = vault.policy();
    VaultProgram program =
        VaultProgram.of(
            policy.model().program(),
            SourceContracts.of(chain, policy.model().program()),
            policy.assets());
    Stream.of(
            wrongModel(vault, policy, model),
            strategy.flatMap(known -> known.mismatch(program.program())),
            strategy.flatMap(known -> known.stepMismatch(policy.model().weightStepBps())),
            owning(vault, account))
        .flatMap(Optional::stream)
        .findFirst()
        .ifPresent(sentence -> {
          throw new BadSetting(sentence);
        });
  }

  /** Empty if the vault obeys the model, which then has the shape that its policy needs. */
  public static Optional<String> wrongModel(Vault vault, Policy policy, Bytes32 model) {
    Bytes32 obeyed = policy.model().digest();
    return obeyed.equals(model)
        ? Optional.empty()
        : Optional.of(
            "The vault %s obeys model %s, and the strategy's is %s: name the strategy that was deployed with it."
                .formatted(vault.address(), obeyed, model));
  }

  /** Empty if the account does not own the vault, as none may that acts for it. */
  public static Optional<String> owning(Vault vault, Address account) {
    return vault.parts().owner().equals(account)
        ? Optional.of(
            "The account %s owns the vault %s, so that whoever takes the agent's key takes the vault: run the agent with another account, and keep the owner's key off this machine."
                .formatted(account, vault.address()))
        : Optional.empty();
  }
}

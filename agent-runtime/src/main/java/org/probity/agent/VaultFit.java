package org.probity.agent;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.ground.Bytes32;
import org.probity.intent.Governor;
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
        VaultProgram.of(policy, SourceContracts.of(chain, policy.model().program()));
    Stream.of(
            wrongModel(vault, policy, model),
            strategy.flatMap(known -> known.mismatch(program.program())),
            strategy.flatMap(known -> known.stepMismatch(policy.model().weightStepBps())),
            powerful(chain, vault, account))
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

  /** Empty if the account has no power over the vault, as none may that acts for it. */
  public static Optional<String> powerful(ChainClient chain, Vault vault, Address account) {
    List<String> roles =
        vault.parts().owner().equals(account)
            ? List.of("owner")
            : Governor.of(chain, vault)
                .map(governor -> governor.state(BlockTag.LATEST).rolesOf(account))
                .orElse(List.of());
    return roles.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "The account %s is %s of the vault %s, so that whoever takes the agent's key has that power: run the agent with another account, and keep the key of this one off this machine."
                .formatted(account, String.join(" and ", roles), vault.address()));
  }
}

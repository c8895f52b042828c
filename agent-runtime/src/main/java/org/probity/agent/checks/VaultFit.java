package org.probity.agent.checks;

import java.util.Optional;
import java.util.stream.Stream;
import org.probity.agent.checks.Finding.Verdict;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.ground.Bytes32;
import org.probity.intent.Vault;
import org.probity.intent.policy.Policy;
import org.probity.intent.source.SourceContracts;
import org.probity.intent.source.VaultProgram;
import org.probity.settings.BadSetting;
import org.probity.strategy.StrategyManifest;

/** Whether a strategy and an account are such that an agent of theirs can act for a vault. */
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
            Stream.of(model(vault, policy, model)),
            strategy.stream().map(known -> MarketChecks.features(known, program)),
            Stream.of(account(vault, policy, account)))
        .flatMap(findings -> findings)
        .filter(finding -> finding.verdict() == Verdict.WRONG)
        .findFirst()
        .ifPresent(finding -> {
          throw new BadSetting(finding.sentence());
        });
  }

  /** Whether the vault obeys a model: then the model has the shape that its policy needs. */
  static Finding model(Vault vault, Policy policy, Bytes32 model) {
    Bytes32 obeyed = policy.model().digest();
    return obeyed.equals(model)
        ? Finding.fine("it obeys the strategy's")
        : Finding.wrong(
            "The vault %s obeys model %s, and the strategy's is %s"
                .formatted(vault.address(), obeyed, model),
            "name the strategy that was deployed with it");
  }

  /** Whether an account may act for the vault: whoever has an agent's key must not own its vault. */
  static Finding account(Vault vault, Policy policy, Address account) {
    if (vault.parts().owner().equals(account)) {
      return Finding.wrong(
          "The account %s owns the vault %s, so that whoever takes the agent's key takes the vault"
              .formatted(account, vault.address()),
          "run the agent with another account, and keep the owner's key off this machine");
    }
    Address agent = policy.model().agent();
    return agent.equals(account)
        ? Finding.fine("%s is the policy's agent, and owns nothing".formatted(account))
        : Finding.doubtful(
            "The vault's policy names %s as its agent, and this one's account is %s"
                .formatted(agent, account),
            "run the agent with the account that the policy names");
  }
}

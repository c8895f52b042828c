package org.probity.agent.checks;

import java.util.Optional;
import java.util.stream.Collectors;
import org.probity.agent.Token;
import org.probity.agent.VaultFit;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.chain.aave.AaveV3;
import org.probity.ground.Bytes32;
import org.probity.intent.LendingAccount;
import org.probity.intent.Vault;
import org.probity.intent.VaultState;
import org.probity.intent.policy.Policy;
import org.probity.strategy.StrategyManifest;

/** Whether an agent can act for a vault that is deployed. */
final class VaultChecks {

  /** What is looked at of a vault that is there. */
  static final CheckName[] ALL = {
    CheckName.VAULT_MODEL,
    CheckName.POLICY_TARGETS,
    CheckName.VAULT_SRS,
    CheckName.AGENT,
    CheckName.VAULT_MONEY,
    CheckName.LENDING,
    CheckName.FEATURES,
    CheckName.POOL_CODE,
    CheckName.POOL,
    CheckName.POOL_INITIALISED,
    CheckName.POOL_LIQUIDITY,
    CheckName.TOKENS,
    CheckName.POOL_CARDINALITY,
    CheckName.SOURCES,
    CheckName.POLICY_BEARING
  };

  private final Examination exam;
  private final ChainClient chain;
  private final Vault vault;
  private final Policy policy;

  private VaultChecks(Examination exam, ChainClient chain, Vault vault, Policy policy) {
    this.exam = exam;
    this.chain = chain;
    this.vault = vault;
    this.policy = policy;
  }

  /** Looks for the vault and its policy; empty if there is none. */
  static Optional<VaultChecks> of(Examination exam, ChainClient chain, Address address) {
    return exam.find(
        CheckName.VAULT,
        () -> {
          Vault vault = Vault.at(chain, address);
          return new VaultChecks(exam, chain, vault, vault.policy());
        },
        found -> "it is at %s, with the policy %s".formatted(address, found.policy.hash()));
  }

  /** Looks whether the vault obeys a model. */
  void model(Bytes32 model) {
    exam.look(
        CheckName.VAULT_MODEL,
        () ->
            VaultFit.wrongModel(vault, policy, model)
                .map(Finding::wrong)
                .orElseGet(() -> Finding.fine("it obeys the strategy's")));
  }

  /** Looks whether what a strategy gives means the same to the vault. */
  void outputs(StrategyManifest strategy) {
    exam.look(
        CheckName.POLICY_TARGETS,
        () ->
            strategy
                .stepMismatch(policy.model().weightStepBps())
                .map(Finding::wrong)
                .orElseGet(
                    () -> Finding.fine("for %s".formatted(String.join(", ", strategy.outputs())))));
  }

  /** Looks whether the vault's verifier uses a reference string. */
  void reference(Bytes32 digest) {
    exam.look(
        CheckName.VAULT_SRS,
        () ->
            vault.srsDigest().equals(digest)
                ? Finding.fine("its verifier uses the one configured")
                : Finding.wrong(
                    "The verifier of vault %s uses another reference string than the one configured"
                        .formatted(vault.address()),
                    "name the one that it was deployed with"));
  }

  /** Looks whether an account may act for the vault. */
  void agent(Address account) {
    exam.look(
        CheckName.AGENT,
        () ->
            VaultFit.powerful(chain, vault, account)
                .map(Finding::wrong)
                .orElseGet(() -> named(account)));
  }

  private Finding named(Address account) {
    Address agent = policy.model().agent();
    return agent.equals(account)
        ? Finding.fine("%s is the policy's agent, and owns nothing".formatted(account))
        : Finding.doubtful(
            "The vault's policy names %s as its agent, and this one's account is %s"
                .formatted(agent, account),
            "run the agent with the account that the policy names");
  }

  /** Looks whether the vault can act at all, and has something to trade with. */
  void money() {
    exam.look(
        CheckName.VAULT_MONEY,
        () -> {
          VaultState state = vault.whole(BlockTag.LATEST);
          if (state.paused()) {
            return Finding.doubtful(
                "The vault %s is paused and executes nothing".formatted(vault.address()),
                "unpause it as its owner");
          }
          return state.books().stream().allMatch(book -> book.amount().signum() == 0)
              ? Finding.doubtful(
                  "The vault %s is empty, so that there is nothing to trade with"
                      .formatted(vault.address()),
                  "deposit something as its owner")
              : Finding.fine(
                  state.books().stream()
                      .map(book -> Token.at(chain, book.token()).amount(book.amount()))
                      .collect(Collectors.joining(", ")));
        });
  }

  /** Looks at what the vault owes, and at what its model remembers of that. */
  void loans() {
    if (!policy.parts().lending().exists()) {
      return;
    }
    exam.look(
        CheckName.LENDING,
        () -> {
          Head head = chain.head();
          AaveV3 market = AaveV3.at(chain, policy.parts().lending().pool());
          return LendingAccount.read(chain, vault.address(), policy, BlockTag.at(head.number()))
              .map(account -> LendingChecks.account(account, policy.limits(), head.timestamp()))
              .orElseGet(() ->
                  Finding.doubtful(
                      "The vault %s has no account with the market %s yet"
                          .formatted(vault.address(), market.pool()),
                      "open it by probity vault poke"));
        });
  }

  /** Looks at what the vault trades on and what its model sees. */
  void market(Optional<StrategyManifest> strategy) {
    MarketChecks.ofVault(exam, chain, policy, strategy);
  }
}

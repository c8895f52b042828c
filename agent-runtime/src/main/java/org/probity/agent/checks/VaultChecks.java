package org.probity.agent.checks;

import java.util.Optional;
import org.probity.agent.Token;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.ground.Bytes32;
import org.probity.intent.TwapFeatureSource;
import org.probity.intent.Vault;
import org.probity.intent.VaultState;

/** Whether an agent can act for a vault that is deployed. */
public final class VaultChecks {

  private VaultChecks() {}

  /** Looks for the vault. */
  public static Optional<Vault> find(Examination exam, ChainClient chain, Address address) {
    return exam.find(
        CheckName.VAULT, () -> Vault.at(chain, address), vault -> "it is at " + vault.address());
  }

  /** Looks whether the vault obeys a model. */
  public static void model(Examination exam, Vault vault, Bytes32 model) {
    exam.look(
        CheckName.VAULT_MODEL,
        () -> {
          Bytes32 obeyed = vault.state(BlockTag.LATEST).model();
          return obeyed.equals(model)
              ? Finding.fine("it obeys the strategy's")
              : Finding.wrong(
                  "The vault %s obeys model %s, and the strategy's is %s"
                      .formatted(vault.address(), obeyed, model),
                  "name the strategy that was deployed with it");
        });
  }

  /** Looks whether the vault's verifier uses a reference string. */
  public static void reference(Examination exam, Vault vault, Bytes32 digest) {
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

  /** Looks whether the vault can act at all, and has something to trade with. */
  public static void money(Examination exam, ChainClient chain, Vault vault) {
    exam.look(
        CheckName.VAULT_MONEY,
        () -> {
          VaultState state = vault.state(BlockTag.LATEST);
          if (state.paused()) {
            return Finding.doubtful(
                "The vault %s is paused and executes nothing".formatted(vault.address()),
                "unpause it as its owner");
          }
          String base = Token.at(chain, vault.parts().base()).amount(state.books().baseBalance());
          String quote =
              Token.at(chain, vault.parts().quote()).amount(state.books().quoteBalance());
          return state.books().baseBalance().signum() == 0
                  && state.books().quoteBalance().signum() == 0
              ? Finding.doubtful(
                  "The vault %s is empty, so that there is nothing to trade with"
                      .formatted(vault.address()),
                  "deposit something as its owner")
              : Finding.fine("%s and %s".formatted(base, quote));
        });
  }

  /** Looks at the pool that the vault trades on, by the features that it computes. */
  public static void pool(Examination exam, ChainClient chain, Vault vault) {
    Optional<PoolFacts> market = PoolChecks.look(exam, chain, vault.parts().pool());
    if (market.isEmpty()) {
      exam.skip("the pool cannot be used", CheckName.POOL_HISTORY, CheckName.POOL_CARDINALITY);
      return;
    }
    try {
      PoolChecks.history(
          exam,
          chain,
          market.get().pool(),
          TwapFeatureSource.of(chain, vault).definition(),
          vault.policy(BlockTag.LATEST).stepSeconds());
    } catch (RuntimeException e) {
      exam.fail(CheckName.POOL_HISTORY, e);
      exam.skip("the vault's features are not known", CheckName.POOL_CARDINALITY);
    }
  }
}

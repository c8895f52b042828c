package org.probity.intent;

import java.time.Duration;
import java.util.OptionalLong;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.Outcome;
import org.probity.chain.Receipt;
import org.probity.chain.TransactionSender;
import org.probity.intent.policy.Policy;

/**
 * Has a vault that lends remember the indices of its market, which its features are made of, where
 * no execution did. Anyone may ask that of a vault: it moves nothing and decides nothing.
 */
public final class LoanCheckpoints {

  private final ChainClient chain;
  private final Vault vault;
  private final TransactionSender sender;

  public LoanCheckpoints(ChainClient chain, Vault vault, TransactionSender sender) {
    this.chain = chain;
    this.vault = vault;
    this.sender = sender;
  }

  /** What came of it. */
  public sealed interface Taken {

    /** There was nothing to do: the policy has no lending, or its checkpoints are young enough. */
    record NotDue() implements Taken {}

    /** The vault took one. */
    record Done(Receipt receipt) implements Taken {}

    /** None was taken. */
    record Failed(String reason) implements Taken {}
  }

  /**
   * Asks for a checkpoint if one of a reserve is older than {@code age}, once in so much time,
   * whoever asks and how often: what is under way is followed.
   *
   * @throws org.probity.chain.ChainException if the chain does not answer before anything was sent
   */
  public Taken takeIfOlder(Duration age) {
    Policy policy = vault.policy();
    if (!policy.parts().lending().exists()) {
      return new Taken.NotDue();
    }
    long now = chain.head().timestamp();
    OptionalLong last =
        LendingAccount.read(chain, vault.address(), policy, BlockTag.LATEST)
            .map(LendingAccount::oldestCheckpoint)
            .orElseGet(OptionalLong::empty);
    if (last.isPresent() && now - last.getAsLong() < age.toSeconds()) {
      return new Taken.NotDue();
    }
    String key =
        "poke:%s:after:%s:in:%s"
            .formatted(
                vault.address(),
                last.isPresent() ? last.getAsLong() : "none",
                now / age.toSeconds());
    return switch (sender.send(key, vault.poke())) {
      case Outcome.Mined(var receipt) -> new Taken.Done(receipt);
      case Outcome.Reverted(var receipt, var reason) ->
          new Taken.Failed(
              "transaction %s was reverted: %s"
                  .formatted(receipt.transactionHash(), vault.words(reason)));
      case Outcome.Refused(var reason) -> new Taken.Failed(vault.words(reason));
      case Outcome.Abandoned(var transaction, var _, var detail) ->
          new Taken.Failed(
              "transaction %s will never be executed: %s".formatted(transaction, detail));
      case Outcome.Unknown(var transaction) ->
          new Taken.Failed("transaction %s is in no block yet".formatted(transaction));
    };
  }
}

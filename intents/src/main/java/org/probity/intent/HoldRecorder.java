package org.probity.intent;

import java.math.BigInteger;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.probity.chain.AbiEvent;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.Call;
import org.probity.chain.ChainClient;
import org.probity.chain.ChainRecord;
import org.probity.chain.LogEntry;
import org.probity.chain.Outcome;
import org.probity.chain.Receipt;
import org.probity.chain.RevertReason;
import org.probity.chain.TransactionSender;
import org.probity.ground.Bytes32;

/** Tells a vault of holds by their digests: many in one transaction, of the policy's agent. */
public final class HoldRecorder {

  private static final AbiEvent EXECUTED = Vault.VAULT.event("DecisionExecuted");
  private static final AbiEvent CLAIMED = Vault.VAULT.event("HoldsClaimed");

  /** Blocks of one question for logs; nodes refuse long stretches. */
  private static final long SPAN = 2_000;

  private final ChainClient chain;
  private final Vault vault;
  private final TransactionSender sender;

  public HoldRecorder(ChainClient chain, Vault vault, TransactionSender sender) {
    this.chain = chain;
    this.vault = vault;
    this.sender = sender;
  }

  /** What became of a transaction that claims holds. */
  public sealed interface Recorded {

    /** A block includes it. */
    record Claimed(Receipt receipt) implements Recorded {}

    /** It will never claim anything. */
    record Refused(String reason) implements Recorded {}

    /** It may still be included. */
    record Underway(String detail) implements Recorded {}
  }

  /** The vault that is told. */
  public Address vault() {
    return vault.address();
  }

  /** The account that tells, which must be the agent of the vault's policy. */
  public Address account() {
    return sender.address();
  }

  /** The chain that the vault is on. */
  public ChainClient chain() {
    return chain;
  }

  /** Seconds between two moments by the vault's policy of now: no other moment can be claimed. */
  public long step() {
    return vault.policy().limits().numbers().step();
  }

  /** Whether the record of what was sent has a transaction by {@code key}. */
  public boolean knows(String key) {
    return sender.fate(key).isPresent();
  }

  /**
   * Claims holds, once for each {@code key}, and waits for a block that includes them.
   *
   * @param moments ascending, in seconds of Unix time
   * @param digests of the holds of these moments ({@link ClaimedHold#digest})
   * @throws org.probity.chain.ChainException if the chain does not answer; nothing is sent then
   */
  public Recorded record(String key, List<Long> moments, List<Bytes32> digests) {
    Call call = Call.of(vault.address(), Vault.VAULT.function("recordHolds"), moments, digests);
    return switch (sender.send(key, call)) {
      case Outcome.Mined(var receipt) -> new Recorded.Claimed(receipt);
      case Outcome.Reverted(var receipt, var reason) ->
          new Recorded.Refused(
              "transaction %s was reverted: %s"
                  .formatted(receipt.transactionHash(), words(reason)));
      case Outcome.Refused(var reason) -> new Recorded.Refused(words(reason));
      case Outcome.Abandoned(var transaction, var _, var detail) ->
          new Recorded.Refused(
              "transaction %s will never be executed: %s".formatted(transaction, detail));
      case Outcome.Unknown(var transaction) ->
          new Recorded.Underway("transaction %s is in no block yet".formatted(transaction));
    };
  }

  private String words(RevertReason reason) {
    return reason instanceof RevertReason.Custom custom && custom.name().equals("NotAgent")
        ? "account %s is not the agent of the vault's policy, who alone may claim: run with the agent's key, or have the owner set a policy with this account"
            .formatted(account())
        : vault.words(reason);
  }

  /**
   * The moments that the vault has on record since block {@code first}, executed or claimed: of
   * these nothing is to be claimed any more.
   */
  public Set<Long> settled(long first) {
    ChainRecord record = new ChainRecord(chain);
    List<Bytes32> kinds = List.of(EXECUTED.topic(), CLAIMED.topic());
    Set<Long> moments = new HashSet<>();
    long last = chain.head().number();
    for (long from = first; from <= last; from += SPAN) {
      record
          .logs(vault.address(), kinds, from, Math.min(last, from + SPAN - 1))
          .forEach(written -> moments.addAll(moments(written.entry())));
    }
    return moments;
  }

  private static List<Long> moments(LogEntry entry) {
    return EXECUTED
        .decode(entry)
        .map(told -> List.of(told.int64("asOf")))
        .or(() -> CLAIMED.decode(entry).map(HoldRecorder::claimed))
        .orElseGet(List::of);
  }

  private static List<Long> claimed(AbiValues told) {
    return told.integers("asOf").stream().map(BigInteger::longValueExact).toList();
  }
}

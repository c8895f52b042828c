package org.probity.chain;

import java.math.BigInteger;
import org.probity.ground.Bytes32;

/** What happens to a sender's transactions on their way, for metrics, logs and people. */
public sealed interface TransactionEvent {

  /** Whose transactions. */
  Address sender();

  /** The nonce that it is about. */
  long nonce();

  /** Written down and given to a node. */
  record Broadcast(Address sender, String key, long nonce, Bytes32 transaction)
      implements TransactionEvent {}

  /** Stuck, and offered again with higher fees. */
  record Replaced(
      Address sender, String key, long nonce, Bytes32 before, Bytes32 after, BigInteger maxFee)
      implements TransactionEvent {}

  /** Stuck, and the fee cap allows no offer that nodes would take in its place. */
  record CapReached(Address sender, String key, long nonce, BigInteger cap)
      implements TransactionEvent {}

  /** Its nonce is being used up, so that its call is never executed. */
  record Cancelling(
      Address sender, String key, long nonce, Bytes32 transaction, TransactionJournal.Cause cause)
      implements TransactionEvent {}

  /** A block included it, and a reorg took that block out of the chain. */
  record ReorgedOut(Address sender, String key, long nonce, Bytes32 transaction)
      implements TransactionEvent {}

  /** A transaction from elsewhere has this nonce, signed with the same key. */
  record NonceTaken(Address sender, String key, long nonce) implements TransactionEvent {}

  /** Nothing had this nonce, and those above it waited for it: now a filler has. */
  record GapFilled(Address sender, long nonce, Bytes32 transaction) implements TransactionEvent {}

  /** Hears of them. Called by the sender's threads; must not block. */
  @FunctionalInterface
  interface Listener {

    /** Hears nothing. */
    Listener NONE = _ -> {};

    void on(TransactionEvent event);
  }
}

package org.probity.chain;

import org.probity.ground.Bytes32;

/** What became of a transaction that was to be sent. */
public sealed interface Outcome {

  /** A block includes it and it succeeded. */
  record Mined(Receipt receipt) implements Outcome {}

  /** A block includes it and it failed; the gas is paid. */
  record Reverted(Receipt receipt, RevertReason reason) implements Outcome {}

  /** It was not sent: it would fail, or the node or the fee cap forbids it. Nothing is paid. */
  record Refused(RevertReason reason) implements Outcome {}

  /**
   * It will never be executed: another transaction has used its nonce. Whoever wanted it decides
   * afresh, since the chain has moved on.
   *
   * @param transaction the last one that carried the call
   * @param detail a sentence for the user
   */
  record Abandoned(Bytes32 transaction, TransactionJournal.Cause cause, String detail)
      implements Outcome {}

  /**
   * It was given to a node, but no block included it in the time allowed. It may still be included:
   * ask {@link TransactionSender#fate} before sending its like again.
   */
  record Unknown(Bytes32 transaction) implements Outcome {}
}

package org.probity.chain;

import java.util.List;
import java.util.Optional;

/** What the chain shows of a journalled transaction. */
sealed interface Sighting {

  /**
   * A block includes one of its attempts.
   *
   * @param depth 1 in the newest block
   */
  record InBlock(Receipt receipt, TransactionJournal.Attempt attempt, long depth)
      implements Sighting {}

  /** A node knows one of its attempts, no block has it. */
  record Waiting() implements Sighting {}

  /** No node that was asked knows any of its attempts, and its nonce is not used. */
  record Missing() implements Sighting {}

  /** Its nonce is used, by none of its attempts. */
  record Taken() implements Sighting {}

  /**
   * Looks for an entry.
   *
   * @throws RpcUnreachable if no node answers
   */
  static Sighting of(TransactionJournal.Entry entry, ChainClient chain, int confirmations) {
    Optional<Sighting> block = inBlock(entry, chain);
    if (block.isPresent()) {
      return block.get();
    }
    Head head = chain.head();
    // Counted as deep as a transaction must be to count, so that a reorg does not undo it.
    BlockTag deep = BlockTag.at(Math.max(0, head.number() - confirmations + 1));
    Address sender = entry.intended().sender();
    if (chain.transactionCount(sender, deep) > entry.intended().nonce()) {
      // Perhaps it was included between the two questions.
      return inBlock(entry, chain).orElseGet(Taken::new);
    }
    boolean known = entry.attempts().stream().anyMatch(one -> chain.knows(one.hash()));
    return known ? new Waiting() : new Missing();
  }

  private static Optional<Sighting> inBlock(TransactionJournal.Entry entry, ChainClient chain) {
    List<TransactionJournal.Attempt> attempts = entry.attempts();
    List<Optional<Receipt>> receipts =
        chain.receipts(attempts.stream().map(TransactionJournal.Attempt::hash).toList());
    for (int i = 0; i < attempts.size(); i++) {
      if (receipts.get(i).filter(receipt -> stands(receipt, chain)).isPresent()) {
        Receipt receipt = receipts.get(i).get();
        long depth = Math.max(1, chain.head().number() - receipt.blockNumber() + 1);
        return Optional.of(new InBlock(receipt, attempts.get(i), depth));
      }
    }
    return Optional.empty();
  }

  /**
   * Nodes may keep receipts of blocks that a reorg took out of the chain: they count for nothing.
   */
  private static boolean stands(Receipt receipt, ChainClient chain) {
    return chain
        .head(BlockTag.at(receipt.blockNumber()))
        .filter(block -> block.hash().equals(receipt.blockHash()))
        .isPresent();
  }
}

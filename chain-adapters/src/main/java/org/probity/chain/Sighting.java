package org.probity.chain;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

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
    Look look = look(entry, chain);
    if (look.block().isPresent()) {
      return look.block().get();
    }
    // Counted as deep as a transaction must be to count, so that a reorg does not undo it.
    BlockTag deep = BlockTag.at(Math.max(0, look.newest().number() - confirmations + 1));
    Reads reads = chain.reads();
    Supplier<Long> used = reads.transactionCount(entry.intended().sender(), deep);
    List<Supplier<Boolean>> known =
        entry.attempts().stream().map(one -> reads.knows(one.hash())).toList();
    reads.ask();
    if (used.get() > entry.intended().nonce()) {
      // Perhaps it was included between the two questions.
      return look(entry, chain).block().<Sighting>map(block -> block).orElseGet(Taken::new);
    }
    return known.stream().anyMatch(Supplier::get) ? new Waiting() : new Missing();
  }

  /** The block that has it, if one has, and the newest one. */
  record Look(Head newest, Optional<InBlock> block) {}

  private static Look look(TransactionJournal.Entry entry, ChainClient chain) {
    List<TransactionJournal.Attempt> attempts = entry.attempts();
    Reads reads = chain.reads();
    List<Supplier<Optional<Receipt>>> receipts =
        attempts.stream().map(one -> reads.receipt(one.hash())).toList();
    Supplier<Optional<Head>> latest = reads.head(BlockTag.LATEST);
    reads.ask();
    Head newest = latest.get().orElseThrow();
    for (int i = 0; i < attempts.size(); i++) {
      Optional<Receipt> receipt = receipts.get(i).get();
      if (receipt.isPresent() && stands(receipt.get(), newest, chain)) {
        long depth = Math.max(1, newest.number() - receipt.get().blockNumber() + 1);
        return new Look(newest, Optional.of(new InBlock(receipt.get(), attempts.get(i), depth)));
      }
    }
    return new Look(newest, Optional.empty());
  }

  /**
   * Nodes may keep receipts of blocks that a reorg took out of the chain: they count for nothing.
   */
  private static boolean stands(Receipt receipt, Head newest, ChainClient chain) {
    Optional<Head> block =
        receipt.blockNumber() == newest.number()
            ? Optional.of(newest)
            : chain.head(BlockTag.at(receipt.blockNumber()));
    return block.filter(head -> head.hash().equals(receipt.blockHash())).isPresent();
  }
}

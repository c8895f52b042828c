package org.probity.chain;

import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The queue of one account's transactions: who holds it may send the next one. The number of the
 * next transaction is counted here, since nodes behind a load balancer disagree about it; after any
 * doubt it is forgotten and asked for again.
 */
final class NonceLine {

  final ReentrantLock turn = new ReentrantLock(true);
  private OptionalLong next = OptionalLong.empty();

  long next(ChainClient chain, Address sender) {
    if (next.isEmpty()) {
      next = OptionalLong.of(chain.transactionCount(sender, BlockTag.PENDING));
    }
    return next.getAsLong();
  }

  void used(long nonce) {
    next = OptionalLong.of(nonce + 1);
  }

  void forget() {
    next = OptionalLong.empty();
  }
}

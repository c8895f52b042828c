package org.probity.intent.audit;

import org.probity.chain.LogEntry;

/**
 * A place among all logs of a chain.
 *
 * @param index of a log in its block
 */
record Place(long block, long index) implements Comparable<Place> {

  static Place of(LogEntry entry) {
    return new Place(entry.blockNumber(), entry.logIndex());
  }

  /** After all of a block. */
  static Place after(long block) {
    return new Place(block, Long.MAX_VALUE);
  }

  @Override
  public int compareTo(Place other) {
    int byBlock = Long.compare(block, other.block);
    return byBlock != 0 ? byBlock : Long.compare(index, other.index);
  }
}

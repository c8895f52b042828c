package org.probity.sim.backtest;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import org.probity.chain.Head;
import org.probity.ground.Bytes32;
import org.probity.sim.random.RandomStream;

/**
 * When blocks are: at the multiples of a slot's length, but for slots that are missed. A block's
 * number is its slot's, so that any one can be had without those before it.
 */
public final class BlockClock {

  private static final int LONGEST_SEARCH = 10_000;

  private final int slotSeconds;
  private final double missed;
  private final RandomStream slots;
  private final RandomStream hashes;

  public BlockClock(BacktestSettings.Chain chain, long seed) {
    this.slotSeconds = chain.blockSeconds();
    this.missed = chain.missedBlocks();
    this.slots = RandomStream.of(seed, "chain.slots");
    this.hashes = RandomStream.of(seed, "chain.hashes");
  }

  /** The time of the first block at or after {@code time}, in seconds. */
  public long atOrAfter(long time) {
    long slot = Math.ceilDiv(time, (long) slotSeconds);
    for (int i = 0; i < LONGEST_SEARCH && isMissed(slot); i++) {
      slot++;
    }
    return slot * slotSeconds;
  }

  /** The time of the first block after {@code time}. */
  public long after(long time) {
    return atOrAfter(time + 1);
  }

  /** The time of the last block at or before {@code time}. */
  public long atOrBefore(long time) {
    long slot = Math.floorDiv(time, (long) slotSeconds);
    for (int i = 0; i < LONGEST_SEARCH && isMissed(slot); i++) {
      slot--;
    }
    return slot * slotSeconds;
  }

  private boolean isMissed(long slot) {
    return missed > 0 && slots.at(slot).nextDouble() < missed;
  }

  long number(long time) {
    return time / slotSeconds;
  }

  /** The head of the block at {@code time}. */
  Head head(long time) {
    long number = number(time);
    return new Head(number, hash(number), hash(number - 1), time, BigInteger.ZERO);
  }

  private Bytes32 hash(long number) {
    RandomStream stream = hashes.at(number);
    ByteBuffer bytes = ByteBuffer.allocate(Bytes32.SIZE);
    while (bytes.hasRemaining()) {
      bytes.putLong(stream.nextLong());
    }
    return Bytes32.of(bytes.array());
  }
}

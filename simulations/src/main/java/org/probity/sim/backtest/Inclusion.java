package org.probity.sim.backtest;

import java.util.OptionalLong;
import org.probity.sim.random.RandomStream;

/** Which block takes a transaction. */
public final class Inclusion {

  private static final int MOST_BLOCKS = 1_000;

  private final BlockClock clock;
  private final BacktestSettings.Chain settings;
  private final RandomStream transactions;
  private final RandomStream reorgs;

  public Inclusion(BlockClock clock, BacktestSettings.Chain settings, long seed) {
    this.clock = clock;
    this.settings = settings;
    this.transactions = RandomStream.of(seed, "chain.inclusion");
    this.reorgs = RandomStream.of(seed, "chain.reorgs");
  }

  /**
   * The time of the block that a transaction ends up in, seconds of Unix time; empty if none ever
   * takes it.
   *
   * @param number of the transaction in its run
   * @param sentMillis when it is sent
   */
  public OptionalLong block(long number, long sentMillis) {
    RandomStream random = transactions.at(number);
    if (random.chance(settings.failureChance())) {
      return OptionalLong.empty();
    }
    long time = Math.floorDiv(sentMillis, 1000L);
    for (int i = 0; i <= settings.inclusionDelayBlocks(); i++) {
      time = clock.after(time);
    }
    for (int i = 0; i < MOST_BLOCKS; i++) {
      while (!random.chance(settings.inclusionChance())) {
        time = clock.after(time);
      }
      OptionalLong replaced = replacedAt(time);
      if (replaced.isEmpty()) {
        return OptionalLong.of(time);
      }
      // Back in the pool of pending transactions, as the replaced block's others are.
      time = clock.after(replaced.getAsLong());
    }
    return OptionalLong.empty();
  }

  /** When a reorg replaces the block at {@code time}, if one does. */
  private OptionalLong replacedAt(long time) {
    if (settings.reorgsPerDay() == 0) {
      return OptionalLong.empty();
    }
    double chance = Math.min(1, settings.reorgsPerDay() * settings.blockSeconds() / 86_400.0);
    long later = time;
    for (int depth = 1; depth <= settings.reorgDepth(); depth++) {
      later = clock.after(later);
      RandomStream random = reorgs.at(clock.number(later));
      if (random.chance(chance) && 1 + random.nextInt(settings.reorgDepth()) >= depth) {
        return OptionalLong.of(later);
      }
    }
    return OptionalLong.empty();
  }
}

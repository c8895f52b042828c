package org.probity.sim.scenario;

import java.math.BigInteger;
import java.util.List;
import org.probity.sim.market.OcrFeed;

/** A market over time: its pools and feeds, and all that others do in it. */
public interface Scenario {

  /** The first moment, in seconds of Unix time: the pools' history begins then. */
  long start();

  /** The last moment. */
  long end();

  /** What it is, in a few words. */
  String title();

  /** The pools, always in the same order; a vault trades with the same ones. */
  List<ExactPool> pools();

  /** The feeds, always in the same order. */
  List<OcrFeed> feeds();

  /** Lets everybody else act up to {@code time}, that second included; never goes back. */
  void advanceTo(long time);

  /**
   * Lets those act who have seen a transaction of the vault before it is in a block.
   *
   * @param pool which one it swaps with
   * @param zeroForOne the direction of the vault's swap
   * @param amountIn what it will pay, in smallest units
   */
  default void beforeOurs(long time, int pool, boolean zeroForOne, BigInteger amountIn) {}

  /** Lets the same ones act after it, in the same block. */
  default void afterOurs(long time) {}

  /** What others have done up to {@code time}, where it is more than can be seen in the price. */
  default MarketActivity activity(long time) {
    return MarketActivity.NONE;
  }
}

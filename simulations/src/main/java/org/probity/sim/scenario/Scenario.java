package org.probity.sim.scenario;

import java.math.BigInteger;

/** A market: one pool, and all that others do in it. */
public interface Scenario {

  /** The pool; the vault trades with the same one. */
  ExactPool pool();

  /** The first moment, in seconds of Unix time: the pool's history begins then. */
  long start();

  /** The last moment. */
  long end();

  /** Lets everybody else act up to {@code time}, that second included; never goes back. */
  void advanceTo(long time);

  /**
   * Lets those act who have seen a transaction of the vault before it is in a block.
   *
   * @param zeroForOne the direction of the vault's swap
   * @param amountIn what it will pay, in smallest units
   */
  default void beforeOurs(long time, boolean zeroForOne, BigInteger amountIn) {}

  /** Lets the same ones act after it, in the same block. */
  default void afterOurs(long time) {}

  /** What others have done up to {@code time}, where it is more than can be seen in the price. */
  default MarketActivity activity(long time) {
    return MarketActivity.NONE;
  }

  /** What it is, in a few words. */
  String title();
}

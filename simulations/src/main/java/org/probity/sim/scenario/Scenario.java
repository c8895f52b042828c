package org.probity.sim.scenario;

import java.math.BigInteger;

/** A market: one pool, and all that others do in it. */
public abstract class Scenario {

  final ExactPool pool;
  private final long start;
  private final long end;
  private final String title;

  /**
   * @param start the first moment, in seconds of Unix time: the pool's history begins then
   * @param end the last moment
   * @param title what it is, in a few words
   */
  Scenario(ExactPool pool, long start, long end, String title) {
    this.pool = pool;
    this.start = start;
    this.end = end;
    this.title = title;
  }

  /** The pool; the vault trades with the same one. */
  public ExactPool pool() {
    return pool;
  }

  /** The first moment, in seconds of Unix time: the pool's history begins then. */
  public long start() {
    return start;
  }

  /** The last moment. */
  public long end() {
    return end;
  }

  /** What it is, in a few words. */
  public String title() {
    return title;
  }

  /** Lets everybody else act up to {@code time}, that second included; never goes back. */
  public abstract void advanceTo(long time);

  /**
   * Lets those act who have seen a transaction of the vault before it is in a block.
   *
   * @param zeroForOne the direction of the vault's swap
   * @param amountIn what it will pay, in smallest units
   */
  public void beforeOurs(long time, boolean zeroForOne, BigInteger amountIn) {}

  /** Lets the same ones act after it, in the same block. */
  public void afterOurs(long time) {}

  /** What others have done up to {@code time}, where it is more than can be seen in the price. */
  public MarketActivity activity(long time) {
    return MarketActivity.NONE;
  }
}

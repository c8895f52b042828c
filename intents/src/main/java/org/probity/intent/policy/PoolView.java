package org.probity.intent.policy;

import java.math.BigInteger;
import org.probity.chain.uniswap.Observation;

/** What a plan asks of a Uniswap v3 pool, as it is now. Ticks and prices are the pool's own. */
public interface PoolView {

  /** The square root of the price, times 2^96. */
  BigInteger sqrtPriceX96();

  /** The tick of the price. */
  int tick();

  /** The liquidity in range. */
  BigInteger liquidity();

  /** How many observations the ring holds. */
  int cardinality();

  /**
   * An observation by its age: 0 is the newest, 1 the one in the place before it, up to 2. A place
   * that holds none says so.
   */
  Observation observation(int back);

  /** The time of the oldest observation. */
  long oldest();

  /**
   * The cumulative tick at a moment from {@link #oldest} to now, a 56-bit number that wraps; exact
   * between observations, and after the newest by the present tick.
   */
  long tickCumulative(long moment);

  /**
   * The seconds per liquidity at such a moment, times 2^128, modulo 2^160; between observations on
   * the straight line, rounded down, as the pool's own {@code observe} has it.
   */
  BigInteger secondsPerLiquidityX128(long moment);
}

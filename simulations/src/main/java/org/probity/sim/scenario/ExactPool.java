package org.probity.sim.scenario;

import java.math.BigInteger;
import org.probity.sim.market.Amounts;
import org.probity.sim.market.V3Pool;

/**
 * The pool of a scenario: the exact one of {@link V3Pool}, with what scenarios ask of it.
 *
 * <p>Liquidity "over every price" is one position between the outermost ticks, owned by the market.
 */
public final class ExactPool {

  /** More than any pool takes to get anywhere. */
  private static final BigInteger ENOUGH = BigInteger.ONE.shiftLeft(200);

  private static final String MARKET = "market";
  private static final int MAX_TICK = 887_272;

  private final V3Pool pool;
  private final int widest;
  private BigInteger wideLiquidity = BigInteger.ZERO;
  private BigInteger volume0 = BigInteger.ZERO;
  private BigInteger volume1 = BigInteger.ZERO;
  private long swaps;

  private ExactPool(V3Pool pool) {
    this.pool = pool;
    this.widest = MAX_TICK - MAX_TICK % pool.tickSpacing();
  }

  /**
   * A pool without liquidity.
   *
   * @param sqrtPriceX96 its first price
   * @param observations how many its ring has room for
   */
  static ExactPool create(
      int feePips, int tickSpacing, BigInteger sqrtPriceX96, long time, int observations) {
    V3Pool pool = new V3Pool(feePips, tickSpacing);
    pool.initialize(time, sqrtPriceX96);
    if (observations > 1) {
      pool.increaseObservationCardinalityNext(observations);
    }
    return new ExactPool(pool);
  }

  /** The same with the tick spacing that the factory has for a fee: 10 up to 0.05 %, 60, or 200. */
  static ExactPool create(int feePips, BigInteger sqrtPriceX96, long time, int observations) {
    int spacing = feePips <= 100 ? 1 : feePips <= 500 ? 10 : feePips <= 3_000 ? 60 : 200;
    return create(feePips, spacing, sqrtPriceX96, time, observations);
  }

  /** The pool itself; swaps that are made through it are not counted. */
  public V3Pool exact() {
    return pool;
  }

  public int feePips() {
    return pool.feePips();
  }

  public BigInteger sqrtPriceX96() {
    return pool.sqrtPriceX96();
  }

  public int tick() {
    return pool.tick();
  }

  // ---- dealings ----

  /** Makes the liquidity over every price this much. */
  void setWideLiquidity(long time, BigInteger liquidity) {
    BigInteger change = liquidity.subtract(wideLiquidity);
    if (change.signum() > 0) {
      pool.mint(time, MARKET, -widest, widest, change);
    } else if (change.signum() < 0) {
      pool.burn(time, MARKET, -widest, widest, change.negate());
    }
    wideLiquidity = liquidity;
  }

  /**
   * Swaps what is paid in.
   *
   * @param zeroForOne whether token0 is paid
   * @param amountIn in smallest units, above 0; below 0 for what is to be paid out
   * @param limit the square root of the price at which the swap ends, filled or not
   * @return what it moved, from the pool's side: positive came in
   * @throws org.probity.sim.market.Reverted where the contract reverts
   */
  public Amounts swap(long time, boolean zeroForOne, BigInteger amountIn, BigInteger limit) {
    Amounts moved = pool.swap(time, zeroForOne, amountIn, limit);
    volume0 = volume0.add(moved.amount0().abs());
    volume1 = volume1.add(moved.amount1().abs());
    swaps++;
    return moved;
  }

  /** The same at any price. */
  Amounts swap(long time, boolean zeroForOne, BigInteger amountIn) {
    return swap(time, zeroForOne, amountIn, anyPrice(zeroForOne));
  }

  /** What {@link #swap(long, boolean, BigInteger)} would move; changes nothing. */
  V3Pool.Quote quote(long time, boolean zeroForOne, BigInteger amountIn) {
    return pool.quote(time, zeroForOne, amountIn, anyPrice(zeroForOne));
  }

  private static BigInteger anyPrice(boolean zeroForOne) {
    return zeroForOne ? V3Pool.LEAST_LIMIT : V3Pool.GREATEST_LIMIT;
  }

  /** Swaps until the price is there. */
  void swapTo(long time, BigInteger sqrtPriceX96) {
    int direction = sqrtPriceX96.compareTo(pool.sqrtPriceX96());
    if (direction != 0) {
      swap(time, direction < 0, ENOUGH, sqrtPriceX96);
    }
  }

  /** Swaps since the beginning. */
  long swaps() {
    return swaps;
  }

  /** What they moved of token0 or token1, whichever way. */
  BigInteger volume(boolean ofToken0) {
    return ofToken0 ? volume0 : volume1;
  }

  /**
   * The mean tick of the last {@code seconds}, or since the oldest observation if that is later;
   * rounded down, as Uniswap's OracleLibrary does.
   */
  int meanTick(long time, long seconds) {
    long ago = Math.min(seconds, time - pool.observationTime(pool.oldestObservation()));
    if (ago <= 0) {
      return pool.tick();
    }
    long change = pool.observeTicks(time, 0) - pool.observeTicks(time, ago);
    return (int) Math.floorDiv(change, ago);
  }
}

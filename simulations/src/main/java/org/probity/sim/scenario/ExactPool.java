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

  /** The price limit of a swap that sells token0 at any price. */
  public static final BigInteger LEAST_SQRT = V3Pool.LEAST_LIMIT;

  /** The price limit of a swap that sells token1 at any price. */
  public static final BigInteger GREATEST_SQRT = V3Pool.GREATEST_LIMIT;

  /** More than any pool takes to get anywhere. */
  private static final BigInteger ENOUGH = BigInteger.ONE.shiftLeft(200);

  private static final String MARKET = "market";
  private static final int MAX_TICK = 887_272;
  private static final Swapped NOTHING = new Swapped(BigInteger.ZERO, BigInteger.ZERO);

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
   * What a swap moved, from the pool's side: positive came in.
   *
   * @param amount0 in smallest units
   */
  public record Swapped(BigInteger amount0, BigInteger amount1) {}

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

  int tickSpacing() {
    return pool.tickSpacing();
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

  /** In range. */
  public BigInteger liquidity() {
    return pool.liquidity();
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

  void mint(long time, String owner, int lower, int upper, BigInteger liquidity) {
    pool.mint(time, owner, lower, upper, liquidity);
  }

  void burn(long time, String owner, int lower, int upper, BigInteger liquidity) {
    pool.burn(time, owner, lower, upper, liquidity);
  }

  /** Makes room for more observations. */
  void grow(int observations) {
    pool.increaseObservationCardinalityNext(observations);
  }

  void setProtocolFee(int share0, int share1) {
    pool.setFeeProtocol(share0, share1);
  }

  /**
   * Swaps what is paid in.
   *
   * @param zeroForOne whether token0 is paid
   * @param amountIn in smallest units, above 0; below 0 for what is to be paid out
   * @param limit the square root of the price at which the swap ends, filled or not
   * @throws org.probity.sim.market.Reverted where the contract reverts
   */
  public Swapped swap(long time, boolean zeroForOne, BigInteger amountIn, BigInteger limit) {
    return counted(pool.swap(time, zeroForOne, amountIn, limit));
  }

  private Swapped counted(Amounts amounts) {
    volume0 = volume0.add(amounts.amount0().abs());
    volume1 = volume1.add(amounts.amount1().abs());
    swaps++;
    return new Swapped(amounts.amount0(), amounts.amount1());
  }

  /** What {@link #swap} would move; changes nothing. */
  public Swapped quote(long time, boolean zeroForOne, BigInteger amountIn, BigInteger limit) {
    V3Pool.Quote quote = pool.quote(time, zeroForOne, amountIn, limit);
    return new Swapped(quote.amount0(), quote.amount1());
  }

  /** The same with the price after it. */
  V3Pool.Quote outlook(long time, boolean zeroForOne, BigInteger amountIn) {
    return pool.quote(time, zeroForOne, amountIn, zeroForOne ? LEAST_SQRT : GREATEST_SQRT);
  }

  /** Swaps until the price is there. */
  Swapped swapTo(long time, BigInteger sqrtPriceX96) {
    int direction = sqrtPriceX96.compareTo(pool.sqrtPriceX96());
    return direction == 0 ? NOTHING : counted(pool.swap(time, direction < 0, ENOUGH, sqrtPriceX96));
  }

  /** Swaps since the beginning. */
  long swaps() {
    return swaps;
  }

  /** What they moved of token0 or token1, whichever way. */
  BigInteger volume(boolean ofToken0) {
    return ofToken0 ? volume0 : volume1;
  }

  /** What the pool holds. */
  Amounts balances() {
    return pool.balances();
  }

  // ---- the ring of observations ----

  /** The newest. */
  public int observationIndex() {
    return pool.observationIndex();
  }

  public int observationCardinality() {
    return pool.observationCardinality();
  }

  /** The oldest that is still there. */
  public int oldestObservation() {
    int next = pool.observationIndex() + 1;
    int index = next == pool.observationCardinality() ? 0 : next;
    return pool.observationInitialized(index) ? index : 0;
  }

  /** In seconds of Unix time. */
  public long observationTime(int index) {
    return pool.observationTime(index);
  }

  public long tickCumulative(int index) {
    return pool.tickCumulative(index);
  }

  /**
   * The mean tick of the last {@code seconds}, or since the oldest observation if that is later;
   * rounded down, as Uniswap's OracleLibrary does.
   */
  int meanTick(long time, long seconds) {
    long ago = Math.min(seconds, time - pool.observationTime(oldestObservation()));
    if (ago <= 0) {
      return pool.tick();
    }
    long change = pool.observe(time, 0).tickCumulative() - pool.observe(time, ago).tickCumulative();
    return (int) Math.floorDiv(change, ago);
  }

  public boolean observationInitialized(int index) {
    return pool.observationInitialized(index);
  }
}

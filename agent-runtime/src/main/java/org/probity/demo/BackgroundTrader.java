package org.probity.demo;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.local.LocalMarket;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.sim.RegimePath;

/**
 * Everybody else in a pool: once a minute it trades the pool to the next price of a seeded path,
 * whatever the agent has done to it.
 */
final class BackgroundTrader {

  private static final MathContext PRECISION = MathContext.DECIMAL128;
  private static final BigDecimal Q96 = new BigDecimal(BigInteger.ONE.shiftLeft(96));

  /** What is left of an amount after the pool's fee. */
  private static final BigDecimal AFTER_FEE =
      BigDecimal.ONE.subtract(BigDecimal.valueOf(LocalMarket.FEE, 6));

  private final UniswapPool pool;

  /** Ticks of a dearer base are ticks of the pool, or the reverse of them. */
  private final int orientation;

  private final double start;
  private final double share;
  private final RegimePath path;

  /**
   * @param base whose price moves
   * @param share of the path's moves that the price makes
   */
  BackgroundTrader(UniswapPool pool, Address base, long seed, double share) {
    this.pool = pool;
    this.orientation = pool.token0().equals(base) ? 1 : -1;
    this.start = (double) orientation * pool.slot0(BlockTag.LATEST).tick();
    this.share = share;
    this.path = new RegimePath(seed, start);
  }

  /** The base's price after each of so many minutes, in ticks. */
  double[] walk(int minutes) {
    return DoubleStream.generate(() -> start + share * (path.next() - start))
        .limit(minutes)
        .toArray();
  }

  /** The trades, a minute apart, that take the pool to these prices from where it is now. */
  List<LocalMarket.Trade> trades(long first, double[] ticks) {
    BigDecimal liquidity = new BigDecimal(pool.liquidity(BlockTag.LATEST));
    BigDecimal sqrt =
        new BigDecimal(pool.slot0(BlockTag.LATEST).sqrtPriceX96()).divide(Q96, PRECISION);
    List<LocalMarket.Trade> trades = new ArrayList<>(ticks.length);
    for (int i = 0; i < ticks.length; i++) {
      BigDecimal target = BigDecimal.valueOf(StrictMath.pow(1.0001, orientation * ticks[i] / 2));
      trades.add(trade(first + 60L * i, sqrt, target, liquidity));
      sqrt = target;
    }
    return trades;
  }

  /**
   * The swap that takes the pool from one square root of the price to another: with liquidity L at
   * every price, L·(√p' − √p) of token1, or L·(1/√p' − 1/√p) of token0 (Uniswap v3 white paper,
   * 6.2.3).
   */
  private LocalMarket.Trade trade(
      long timestamp, BigDecimal from, BigDecimal to, BigDecimal liquidity) {
    boolean rises = to.compareTo(from) > 0;
    BigDecimal net =
        rises
            ? liquidity.multiply(to.subtract(from))
            : liquidity.multiply(
                BigDecimal.ONE
                    .divide(to, PRECISION)
                    .subtract(BigDecimal.ONE.divide(from, PRECISION)));
    BigInteger amount = net.divide(AFTER_FEE, PRECISION).toBigInteger().max(BigInteger.ONE);
    return new LocalMarket.Trade(pool, timestamp, rises ? pool.token1() : pool.token0(), amount);
  }
}

package org.probity.demo;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.local.LocalMarket;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.sim.RegimePath;

/**
 * Everybody else in the market: once a minute it trades the pool to the next price of a seeded
 * path, whatever the agent has done to it.
 */
final class BackgroundTrader {

  private static final MathContext PRECISION = MathContext.DECIMAL128;
  private static final BigDecimal Q96 = new BigDecimal(BigInteger.ONE.shiftLeft(96));

  /** What is left of an amount after the pool's fee. */
  private static final BigDecimal AFTER_FEE =
      BigDecimal.ONE.subtract(BigDecimal.valueOf(LocalMarket.FEE, 6));

  private final LocalMarket market;
  private final RegimePath path;

  /** Ticks of a dearer WETH are ticks of the pool, or the reverse of them. */
  private final int orientation;

  BackgroundTrader(LocalMarket market, long seed) {
    this.market = market;
    this.orientation = market.pool().token0().equals(market.weth().address()) ? 1 : -1;
    UniswapPool.Slot0 now = market.pool().slot0(BlockTag.LATEST);
    this.path = new RegimePath(seed, (double) orientation * now.tick());
  }

  /** Trades once a minute, from {@code first} on, for {@code minutes} minutes. */
  void trade(long first, int minutes) {
    BigDecimal liquidity = liquidity();
    BigDecimal sqrt = sqrtPrice();
    List<LocalMarket.Trade> trades = new ArrayList<>(minutes);
    for (int i = 0; i < minutes; i++) {
      BigDecimal target = sqrtAt(path.next());
      trades.add(trade(first + 60L * i, sqrt, target, liquidity));
      sqrt = target;
    }
    market.replay(trades);
  }

  private BigDecimal liquidity() {
    return new BigDecimal(market.pool().liquidity(BlockTag.LATEST));
  }

  private BigDecimal sqrtPrice() {
    return new BigDecimal(market.pool().slot0(BlockTag.LATEST).sqrtPriceX96())
        .divide(Q96, PRECISION);
  }

  private BigDecimal sqrtAt(double tick) {
    return BigDecimal.valueOf(StrictMath.pow(1.0001, orientation * tick / 2));
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
    Address tokenIn = rises ? market.pool().token1() : market.pool().token0();
    return new LocalMarket.Trade(timestamp, tokenIn, amount);
  }
}

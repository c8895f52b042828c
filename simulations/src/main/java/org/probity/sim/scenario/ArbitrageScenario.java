package org.probity.sim.scenario;

import java.math.BigInteger;
import org.probity.sim.random.RandomStream;

/**
 * A pool with liquidity over every price, held to another market's price by arbitrage: whenever the
 * other market's price moves out of the band that the pool's fee leaves, an arbitrageur trades the
 * pool to the band's edge. Between, noise traders come and go.
 */
final class ArbitrageScenario implements Scenario {

  private final ExactPool pool;
  private final PoolTerms terms;
  private final ExternalPrice prices;
  private final long start;
  private final long end;
  private final String title;
  private final double noisePerSecond;
  private final double noiseSize;
  private final RandomStream noise;
  private double nextNoise;

  /**
   * @param noisePerSecond noise trades, in the mean
   * @param noiseSize their mean size in whole base tokens
   */
  ArbitrageScenario(
      PoolTerms terms,
      ExternalPrice prices,
      double firstPrice,
      double depth,
      int observations,
      long start,
      long end,
      double noisePerSecond,
      double noiseSize,
      RandomStream noise,
      String title) {
    this.terms = terms;
    this.prices = prices;
    this.start = start;
    this.end = end;
    this.noisePerSecond = noisePerSecond;
    this.noiseSize = noiseSize;
    this.noise = noise;
    this.title = title;
    this.pool = ExactPool.create(terms.feePips(), terms.sqrtX96(firstPrice), start, observations);
    pool.setWideLiquidity(start, terms.liquidity(depth, firstPrice));
    this.nextNoise = start;
    drawNoiseTime();
  }

  private void drawNoiseTime() {
    nextNoise =
        noisePerSecond > 0 && noiseSize > 0
            ? nextNoise + noise.nextExponential(1 / noisePerSecond)
            : Double.POSITIVE_INFINITY;
  }

  @Override
  public ExactPool pool() {
    return pool;
  }

  @Override
  public long start() {
    return start;
  }

  @Override
  public long end() {
    return end;
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public void advanceTo(long time) {
    while (true) {
      long price = prices.nextTime();
      if (nextNoise < price && nextNoise <= time) {
        noiseTrade((long) nextNoise);
        drawNoiseTime();
      } else if (price <= time) {
        arbitrage(pool, terms, prices.next(), price);
      } else {
        return;
      }
    }
  }

  private void noiseTrade(long time) {
    double size = noise.nextExponential(noiseSize);
    boolean buys = noise.chance(0.5);
    trade(pool, terms, buys, size, time);
  }

  /** Buys or sells so many whole base tokens, or as much as their worth buys. */
  static void trade(ExactPool pool, PoolTerms terms, boolean buys, double size, long time) {
    double price = terms.price(pool.sqrtPriceX96());
    BigInteger amount = buys ? terms.quoteUnits(size * price) : terms.baseUnits(size);
    if (amount.signum() > 0) {
      boolean zeroForOne = buys != terms.baseIsToken0();
      BigInteger limit = zeroForOne ? ExactPool.LEAST_SQRT : ExactPool.GREATEST_SQRT;
      pool.swap(time, zeroForOne, amount, limit);
    }
  }

  /**
   * Trades the pool to the edge of the band around {@code price} in which the fee eats every
   * profit, if it is outside.
   */
  static void arbitrage(ExactPool pool, PoolTerms terms, double price, long time) {
    double kept = 1 - terms.feePips() / 1e6;
    BigInteger one = terms.sqrtX96(price * kept);
    BigInteger other = terms.sqrtX96(price / kept);
    BigInteger low = one.min(other);
    BigInteger high = one.max(other);
    BigInteger now = pool.sqrtPriceX96();
    if (now.compareTo(low) < 0) {
      pool.swapTo(time, low);
    } else if (now.compareTo(high) > 0) {
      pool.swapTo(time, high);
    }
  }
}

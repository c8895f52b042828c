package org.probity.sim.scenario;

import java.math.BigInteger;
import org.probity.sim.random.RandomStream;

/**
 * A pool with liquidity over every price, held to another market's price by arbitrage: whenever the
 * other market's price moves out of the band that the pool's fee leaves, an arbitrageur trades the
 * pool to the band's edge. Between, noise traders come and go.
 */
final class ArbitrageScenario extends PoolScenario {

  private final PoolTerms terms;
  private final ExternalPrice prices;
  private final double noisePerSecond;
  private final double noiseSize;
  private final RandomStream noise;
  private double nextNoise;

  /**
   * @param noisePerSecond noise trades, in the mean
   * @param noiseSize their mean size in whole base tokens
   */
  ArbitrageScenario(
      Opening opening,
      ExternalPrice prices,
      double noisePerSecond,
      double noiseSize,
      RandomStream noise) {
    super(opening.pool(), opening.start(), opening.end(), opening.title());
    this.terms = opening.terms();
    this.prices = prices;
    this.noisePerSecond = noisePerSecond;
    this.noiseSize = noiseSize;
    this.noise = noise;
    this.nextNoise = opening.start();
    drawNoiseTime();
  }

  private void drawNoiseTime() {
    nextNoise =
        noisePerSecond > 0 && noiseSize > 0
            ? nextNoise + noise.nextExponential(1 / noisePerSecond)
            : Double.POSITIVE_INFINITY;
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
      pool.swap(time, buys != terms.baseIsToken0(), amount);
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

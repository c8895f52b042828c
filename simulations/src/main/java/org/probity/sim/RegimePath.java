package org.probity.sim;

import java.util.SplittableRandom;

/**
 * A made-up price, step by step: the logarithm of the price passes through regimes of random
 * length, each a trend, a return to an anchor (Ornstein-Uhlenbeck) or a plain random walk, with its
 * own volatility. The same seed gives the same path.
 *
 * <p>Prices are in ticks, 1.0001 to the power of the tick, so that one tick is one basis point.
 */
public final class RegimePath {

  private static final double REGIME_STEPS = 45;
  private static final double LEAST_VOLATILITY = 6;
  private static final double MOST_VOLATILITY = 21;
  private static final double ANCHOR_STEPS = 120;

  private enum Regime {
    TREND,
    REVERSION,
    WALK
  }

  private final SplittableRandom random;
  private double tick;
  private double slow;
  private double anchor;
  private Regime regime = Regime.WALK;
  private double volatility = LEAST_VOLATILITY;
  private double drift;
  private double pull;
  private boolean begun;

  /** A path that starts at {@code tick}. */
  public RegimePath(long seed, double tick) {
    this.random = new SplittableRandom(seed);
    this.tick = tick;
    this.slow = tick;
    this.anchor = tick;
  }

  /** The tick after one more step. */
  public double next() {
    if (!begun || random.nextDouble() < 1 / REGIME_STEPS) {
      begun = true;
      enterRegime();
    }
    double push =
        switch (regime) {
          case TREND -> drift;
          case REVERSION -> pull * (anchor - tick);
          case WALK -> 0;
        };
    tick += push + volatility * random.nextGaussian();
    slow += (tick - slow) / ANCHOR_STEPS;
    return tick;
  }

  private void enterRegime() {
    double kind = random.nextDouble();
    regime = kind < 0.5 ? Regime.TREND : kind < 0.85 ? Regime.REVERSION : Regime.WALK;
    volatility = LEAST_VOLATILITY + (MOST_VOLATILITY - LEAST_VOLATILITY) * random.nextDouble();
    drift = volatility * (0.4 + 0.5 * random.nextDouble()) * (random.nextBoolean() ? 1 : -1);
    pull = 1 / (6 + 14 * random.nextDouble());
    anchor = slow;
  }
}

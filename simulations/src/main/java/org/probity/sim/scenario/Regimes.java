package org.probity.sim.scenario;

import org.probity.sim.random.RandomStream;

/** See {@link PriceProcess#regimes}. */
final class Regimes implements PriceProcess {

  private static final double REGIME_STEPS = 45;
  private static final double ANCHOR_STEPS = 120;
  private static final double TREND_SHARE = 0.5;
  private static final double REVERSION_SHARE = 0.35;

  private enum Regime {
    TREND,
    REVERSION,
    WALK
  }

  private final double deviation;
  private final RandomStream random;
  private double at;
  private double slow;
  private double anchor;
  private Regime regime = Regime.WALK;
  private double volatility;
  private double drift;
  private double pull;
  private boolean begun;

  /**
   * @param deviation of a step, in the mean over regimes
   */
  Regimes(double start, double deviation, RandomStream random) {
    this.deviation = deviation;
    this.random = random;
    this.at = start;
    this.slow = start;
    this.anchor = start;
  }

  @Override
  public double next() {
    if (!begun || random.chance(1 / REGIME_STEPS)) {
      begun = true;
      enterRegime();
    }
    double push =
        switch (regime) {
          case TREND -> drift;
          case REVERSION -> pull * (anchor - at);
          case WALK -> 0;
        };
    at += push + volatility * random.nextGaussian();
    slow += (at - slow) / ANCHOR_STEPS;
    return at;
  }

  private void enterRegime() {
    double kind = random.nextDouble();
    regime =
        kind < TREND_SHARE
            ? Regime.TREND
            : kind < TREND_SHARE + REVERSION_SHARE ? Regime.REVERSION : Regime.WALK;
    volatility = deviation * random.nextDouble(0.45, 1.55);
    drift = volatility * random.nextDouble(0.4, 0.9) * (random.chance(0.5) ? 1 : -1);
    pull = 1 / random.nextDouble(6, 20);
    anchor = slow;
  }
}

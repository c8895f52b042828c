package org.probity.strategy.example;

import java.util.SplittableRandom;

/**
 * A made-up market in equal steps of time (minutes, for the standard horizons): its logarithmic
 * price in ticks passes through regimes of random length, each a trend, a return to an anchor, or a
 * plain random walk, with a volatility of its own. Neither the regime nor its strength can be read
 * off a single price; a strategy has to infer them from the shape of the past.
 *
 * <p>The generator knows the regime, so it also knows the expected move over the coming {@link
 * #LOOKAHEAD} steps. Samples pay by that expectation, which teaches the same policy as the moves
 * that happen, with a fraction of their noise.
 */
final class MarketProcess {

  /** How many steps the payoff of a decision looks ahead. */
  static final int LOOKAHEAD = 60;

  /** Mean length of a regime in steps. */
  private static final double REGIME = 240;

  private enum Regime {
    TREND,
    REVERSION,
    WALK
  }

  private final double[] ticks;
  private final double[] expectedMoves;

  /** Walks that many steps. */
  MarketProcess(int steps, SplittableRandom random) {
    ticks = new double[steps];
    expectedMoves = new double[steps];
    double tick = 0;
    double slow = 0;
    double anchor = 0;
    Regime regime = Regime.WALK;
    double volatility = 5;
    double drift = 0;
    double pull = 0;
    for (int step = 0; step < steps; step++) {
      if (step == 0 || random.nextDouble() < 1 / REGIME) {
        double kind = random.nextDouble();
        regime = kind < 0.4 ? Regime.TREND : kind < 0.8 ? Regime.REVERSION : Regime.WALK;
        volatility = Math.exp(random.nextDouble() * Math.log(30)); // 1 to 30 ticks a step
        drift = volatility * (0.15 + 0.3 * random.nextDouble()) * (random.nextBoolean() ? 1 : -1);
        pull = 1 / (10 + 30 * random.nextDouble());
        anchor = slow;
      }
      double push =
          switch (regime) {
            case TREND -> drift;
            case REVERSION -> pull * (anchor - tick);
            case WALK -> 0;
          };
      tick += push + volatility * random.nextGaussian();
      slow += (tick - slow) / 120;
      ticks[step] = tick;
      expectedMoves[step] =
          switch (regime) {
            case TREND -> drift * lasting(1 / REGIME);
            case REVERSION -> pull * (anchor - tick) * lasting(pull + 1 / REGIME);
            case WALK -> 0;
          };
    }
  }

  /**
   * The integral of exp(-rate t) over the steps looked ahead: how long a push counts that fades or
   * ends at that rate.
   */
  private static double lasting(double rate) {
    return -Math.expm1(-rate * LOOKAHEAD) / rate;
  }

  int steps() {
    return ticks.length;
  }

  /** The price of a step in ticks. */
  double tick(int step) {
    return ticks[step];
  }

  /** Expected move over the coming {@link #LOOKAHEAD} steps, in ticks. */
  double expectedMove(int step) {
    return expectedMoves[step];
  }

  /**
   * What did happen over the coming {@link #LOOKAHEAD} steps, in ticks; the last steps of the walk
   * have no answer.
   */
  double realisedMove(int step) {
    return ticks[step + LOOKAHEAD] - ticks[step];
  }
}

package org.probity.sim.scenario;

import org.probity.sim.random.RandomStream;

/** The natural logarithm of a price, step by step. */
@FunctionalInterface
public interface PriceProcess {

  /** Seconds of a year of 365 days. */
  double YEAR = 365 * 86_400.0;

  /** The logarithm one step later. */
  double next();

  /**
   * Geometric Brownian motion.
   *
   * @param volatility of the logarithm, a year
   * @param drift of the price, a year: the expectation grows by {@code e^drift}
   * @param seconds of a step
   */
  static PriceProcess gbm(
      double start, double volatility, double drift, double seconds, RandomStream random) {
    double years = seconds / YEAR;
    double mean = (drift - volatility * volatility / 2) * years;
    double deviation = volatility * Math.sqrt(years);
    double[] at = {start};
    return () -> at[0] += mean + deviation * random.nextGaussian();
  }

  /**
   * Ornstein-Uhlenbeck: returns to where it began. Its exact discretisation (Gillespie 1996), not
   * Euler's.
   *
   * @param halfLifeSeconds in which half of a distance is gone
   */
  static PriceProcess ornsteinUhlenbeck(
      double start,
      double volatility,
      double halfLifeSeconds,
      double seconds,
      RandomStream random) {
    double kept = StrictMath.exp(-StrictMath.log(2) * seconds / halfLifeSeconds);
    double rate = StrictMath.log(2) / halfLifeSeconds * YEAR;
    double deviation = volatility * Math.sqrt((1 - kept * kept) / (2 * rate));
    double[] at = {start};
    return () -> at[0] = start + kept * (at[0] - start) + deviation * random.nextGaussian();
  }

  /**
   * Geometric Brownian motion with jumps of normal logarithm at the times of a Poisson process
   * (Merton 1976); jumps change nothing in the mean.
   *
   * @param perDay jumps, in the mean
   * @param size deviation of a jump's logarithm
   */
  static PriceProcess jumps(
      double start,
      double volatility,
      double drift,
      double perDay,
      double size,
      double seconds,
      RandomStream random) {
    RandomStream jumping = random.named("jumps");
    PriceProcess diffusion = gbm(0, volatility, drift, seconds, random);
    double[] jumped = {0};
    return () -> {
      int jumps = Draws.poisson(jumping, perDay * seconds / 86_400);
      for (int i = 0; i < jumps; i++) {
        jumped[0] += -size * size / 2 + size * jumping.nextGaussian();
      }
      return start + jumped[0] + diffusion.next();
    };
  }

  /**
   * Regimes of random length, 45 steps in the mean: trends, returns to a slow mean, and plain
   * walks, each with its own volatility around the given one.
   */
  static PriceProcess regimes(
      double start, double volatility, double seconds, RandomStream random) {
    return new Regimes(start, volatility * Math.sqrt(seconds / YEAR), random);
  }

  /**
   * A process with a fall or a rise on top, for stress tests; the price does not come back from it.
   *
   * @param change of the logarithm, all in all
   * @param first the step with which it begins, counted from 0
   * @param steps that it takes, in equal parts
   */
  static PriceProcess shocked(PriceProcess process, double change, long first, long steps) {
    long[] step = {0};
    return () -> {
      long done = Math.clamp(step[0]++ - first + 1, 0, steps);
      return process.next() + change * done / steps;
    };
  }
}

package org.probity.sim.metrics;

/**
 * How much a Sharpe ratio can be believed, after Bailey and López de Prado: "The Sharpe Ratio
 * Efficient Frontier" (2012) for one that was tried once, and "The Deflated Sharpe Ratio" (2014)
 * for the best one of many. Ratios here are of one step, not of a year.
 */
public final class SharpeConfidence {

  private static final double EULER_MASCHERONI = 0.577_215_664_901_532_9;

  private SharpeConfidence() {}

  /**
   * The probability that the true ratio exceeds {@code benchmark}: the probabilistic Sharpe ratio.
   *
   * @param observed ratio of one step
   * @param benchmark ratio of one step to compare with, 0 for any skill at all
   * @param steps number of returns
   * @param skewness of the returns
   * @param kurtosis of the returns, 3 if they are normal
   */
  public static double probabilistic(
      double observed, double benchmark, int steps, double skewness, double kurtosis) {
    double variance = estimatorVariance(observed, skewness, kurtosis);
    if (steps < 2 || !(variance > 0)) {
      return Double.NaN;
    }
    return Statistics.normalCdf(
        (observed - benchmark) * Math.sqrt(steps - 1) / Math.sqrt(variance));
  }

  /** {@link #probabilistic(double, double, int, double, double)} of these returns against 0. */
  public static double probabilistic(Returns returns) {
    return above(returns, 0);
  }

  /**
   * The ratio that the best of some trials would have if none had any skill.
   *
   * @param trials how many were tried, at least 1
   * @param variance of the trials' ratios of one step
   */
  public static double expectedMaximum(int trials, double variance) {
    if (trials < 1) {
      throw new IllegalArgumentException("There is at least one trial, not " + trials);
    }
    if (trials == 1) {
      return 0;
    }
    double one = Statistics.normalQuantile(1 - 1.0 / trials);
    double other = Statistics.normalQuantile(1 - 1.0 / (trials * Math.E));
    return Math.sqrt(variance) * ((1 - EULER_MASCHERONI) * one + EULER_MASCHERONI * other);
  }

  /**
   * The probability that the true ratio of the best of some trials exceeds what the best of as many
   * without skill would show: the deflated Sharpe ratio.
   *
   * @param returns of the best one
   * @param trials how many were tried
   * @param variance of the trials' ratios of one step
   */
  public static double deflated(Returns returns, int trials, double variance) {
    return above(returns, expectedMaximum(trials, variance));
  }

  /** The sample variance of trials' ratios; 0 of fewer than two. */
  public static double variance(double[] ratios) {
    return ratios.length < 2 ? 0 : Statistics.covariance(ratios, ratios);
  }

  private static double above(Returns returns, double benchmark) {
    double[] strategy = returns.strategy();
    return probabilistic(
        returns.stepSharpe(),
        benchmark,
        strategy.length,
        Statistics.skewness(strategy),
        Statistics.kurtosis(strategy));
  }

  /** Of the estimator, times {@code n - 1} (Mertens 2002). */
  private static double estimatorVariance(double observed, double skewness, double kurtosis) {
    return 1 - skewness * observed + (kurtosis - 1) / 4 * observed * observed;
  }
}

package org.probity.sim.metrics;

import java.util.Arrays;
import org.probity.sim.backtest.EquityCurve;

/**
 * Simple returns of a vault and of holding, over equal steps of time, side by side.
 *
 * <p>A vault that has lost everything returns -1 once and 0 from then on.
 */
public final class Returns {

  private final double[] strategy;
  private final double[] holding;
  private final double perYear;

  private Returns(double[] strategy, double[] holding, double perYear) {
    this.strategy = strategy;
    this.holding = holding;
    this.perYear = perYear;
  }

  /** The returns of a curve at these steps. */
  public static Returns of(EquityCurve curve, Sampling sampling) {
    int[] indices = sampling.indices(curve);
    int size = Math.max(0, indices.length - 1);
    double[] strategy = new double[size];
    double[] holding = new double[size];
    for (int i = 0; i < size; i++) {
      strategy[i] = simple(curve.equity(indices[i]), curve.equity(indices[i + 1]));
      holding[i] = simple(curve.holding(indices[i]), curve.holding(indices[i + 1]));
    }
    return new Returns(strategy, holding, sampling.perYear());
  }

  /**
   * Returns that are known already.
   *
   * @param perYear steps in a year
   */
  public static Returns of(double[] strategy, double[] holding, double perYear) {
    if (strategy.length != holding.length) {
      throw new IllegalArgumentException(
          "A return of holding belongs to each return of the strategy: %d are not %d"
              .formatted(holding.length, strategy.length));
    }
    return new Returns(strategy.clone(), holding.clone(), perYear);
  }

  private static double simple(double before, double after) {
    return before > 0 ? Math.max(after, 0) / before - 1 : 0;
  }

  /** The number of steps. */
  public int size() {
    return strategy.length;
  }

  /** A copy of the vault's returns. */
  public double[] strategy() {
    return strategy.clone();
  }

  /** A copy of the returns of holding. */
  public double[] holding() {
    return holding.clone();
  }

  /** Steps in a year. */
  public double perYear() {
    return perYear;
  }

  /** The same steps in another order, some more than once. */
  Returns at(int[] indices) {
    return new Returns(
        Arrays.stream(indices).mapToDouble(i -> strategy[i]).toArray(),
        Arrays.stream(indices).mapToDouble(i -> holding[i]).toArray(),
        perYear);
  }

  // ---- the measures that are functions of returns alone ----

  /** Product of all growth factors less 1. */
  double total() {
    double growth = 1;
    for (double r : strategy) {
      growth *= 1 + r;
    }
    return growth - 1;
  }

  /** Compound annual growth rate; NaN of no returns. */
  double cagr() {
    return strategy.length == 0
        ? Double.NaN
        : StrictMath.pow(1 + total(), perYear / strategy.length) - 1;
  }

  double volatility() {
    return Statistics.standardDeviation(strategy) * Math.sqrt(perYear);
  }

  /** The Sharpe ratio of one step. */
  public double stepSharpe() {
    double mean = Statistics.mean(strategy);
    double deviation = Statistics.standardDeviation(strategy);
    return Statistics.isNothing(deviation * deviation, mean) ? Double.NaN : mean / deviation;
  }

  /** Of a year. */
  public double sharpe() {
    return stepSharpe() * Math.sqrt(perYear);
  }

  double sortino() {
    double squares = 0;
    for (double r : strategy) {
      squares += r < 0 ? r * r : 0;
    }
    double deviation = Math.sqrt(squares / strategy.length);
    return over(Statistics.mean(strategy), deviation) * Math.sqrt(perYear);
  }

  double calmar() {
    return over(cagr(), drawdown());
  }

  /** A gain over a loss: infinite without a loss, and not defined without either. */
  static double over(double gain, double loss) {
    return loss > 0 ? gain / loss : gain > 0 ? Double.POSITIVE_INFINITY : Double.NaN;
  }

  double beta() {
    double variance = Statistics.covariance(holding, holding);
    return Statistics.isNothing(variance, Statistics.mean(holding))
        ? Double.NaN
        : Statistics.covariance(strategy, holding) / variance;
  }

  double alpha() {
    return (Statistics.mean(strategy) - beta() * Statistics.mean(holding)) * perYear;
  }

  /** The deepest fall from a peak of the compounded returns, as a positive fraction. */
  double drawdown() {
    double value = 1;
    double peak = 1;
    double deepest = 0;
    for (double r : strategy) {
      value *= 1 + r;
      peak = Math.max(peak, value);
      deepest = Math.max(deepest, 1 - value / peak);
    }
    return deepest;
  }

  @Override
  public String toString() {
    return "Returns[" + strategy.length + " steps]";
  }
}

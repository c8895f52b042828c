package org.probity.sim.metrics;

import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.EquityCurve;
import org.probity.sim.backtest.EquityCurve.Point;

/**
 * The measures of a run. Yearly ones are of a year of 365 days, and there is no riskless rate: the
 * alternative to the strategy is holding. Fractions, not percent.
 *
 * @param sampling the steps that returns are measured over
 * @param totalReturn from the first to the last value
 * @param holdingReturn of the same vault, had it never traded
 * @param cagr compound annual growth rate
 * @param volatility yearly standard deviation of the returns
 * @param drawdown the deepest one, of every point of the curve
 * @param alpha yearly return that holding does not explain
 * @param beta of holding
 * @param meanExposure mean part that is not the numeraire, 0 to 1
 * @param probabilisticSharpe probability that the true Sharpe ratio is above 0
 */
public record Performance(
    Sampling sampling,
    double totalReturn,
    double holdingReturn,
    double cagr,
    double volatility,
    double sharpe,
    double sortino,
    Drawdown drawdown,
    double alpha,
    double beta,
    double skewness,
    double kurtosis,
    double meanExposure,
    double probabilisticSharpe,
    TradeStatistics tradeStatistics,
    Attribution attribution) {

  private static final int REPLICATIONS = 1_000;
  private static final double CONFIDENCE = 0.95;

  /**
   * The measures of a result.
   *
   * @throws IllegalArgumentException if it has no point
   */
  public static Performance of(BacktestResult result) {
    EquityCurve curve = result.curve();
    if (curve.size() == 0) {
      throw new IllegalArgumentException("The run has no head: choose a longer period.");
    }
    var sampling = Sampling.suiting(curve);
    Returns returns = Returns.of(curve, sampling);
    double[] strategy = returns.strategy();
    int last = curve.size() - 1;
    double growth = Math.max(curve.equity(last), 0) / curve.equity(0);
    double years = Sampling.years(curve.time(last) - curve.time(0));
    return new Performance(
        sampling,
        growth - 1,
        curve.holding(last) / curve.holding(0) - 1,
        years > 0 ? StrictMath.pow(growth, 1 / years) - 1 : Double.NaN,
        returns.volatility(),
        returns.sharpe(),
        returns.sortino(),
        Drawdown.deepest(curve.times(), curve.each(Point::equity)),
        returns.alpha(),
        returns.beta(),
        Statistics.skewness(strategy),
        Statistics.kurtosis(strategy),
        Statistics.mean(curve.each(Point::exposure)),
        SharpeConfidence.probabilistic(returns),
        TradeStatistics.of(result),
        Attribution.of(result.totals()));
  }

  /** Total return less that of holding. */
  public double excessReturn() {
    return totalReturn - holdingReturn;
  }

  /** CAGR over maximum drawdown. */
  public double calmar() {
    return Returns.over(cagr, drawdown.depth());
  }

  /**
   * 95 % intervals of the measures that are functions of returns: percentiles of a stationary block
   * bootstrap. The same seed gives the same intervals.
   */
  public static Map<Measure, Interval> intervals(EquityCurve curve, long seed) {
    return intervals(Returns.of(curve, Sampling.suiting(curve)), REPLICATIONS, seed);
  }

  static Map<Measure, Interval> intervals(Returns returns, int replications, long seed) {
    var intervals = new EnumMap<Measure, Interval>(Measure.class);
    if (returns.size() < 8) {
      return intervals;
    }
    var bootstrap = BlockBootstrap.suiting(returns.strategy());
    var random = new SplittableRandom(seed);
    var drawn = new EnumMap<Measure, double[]>(Measure.class);
    for (int replication = 0; replication < replications; replication++) {
      Returns resample = returns.at(bootstrap.resample(returns.size(), random));
      for (Measure measure : Measure.values()) {
        if (measure.isOfReturns()) {
          drawn.computeIfAbsent(measure, _ -> new double[replications])[replication] =
              measure.of(resample);
        }
      }
    }
    drawn.forEach((measure, values) -> {
      double[] sorted = Statistics.sortedNumbers(values);
      // Where many resamples have no such measure, the others say little about it.
      intervals.put(
          measure,
          sorted.length < replications * CONFIDENCE
              ? Interval.UNKNOWN
              : new Interval(
                  Statistics.quantile(sorted, (1 - CONFIDENCE) / 2),
                  Statistics.quantile(sorted, (1 + CONFIDENCE) / 2)));
    });
    return intervals;
  }
}

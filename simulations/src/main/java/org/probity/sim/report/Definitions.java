package org.probity.sim.report;

import org.probity.sim.metrics.Measure;
import org.probity.sim.metrics.Sampling;

/** Each measure in a sentence; {@code docs/metrics.md} has the formulas and their sources. */
final class Definitions {

  private Definitions() {}

  static String of(Measure measure, Sampling sampling) {
    return switch (measure) {
      case TOTAL_RETURN -> "from the first value to the last one";
      case HOLDING_RETURN -> "of the same vault, had it never traded";
      case EXCESS_RETURN -> "total return less that of holding";
      case CAGR -> "the steady yearly growth that gives the total return";
      case VOLATILITY ->
          "standard deviation of %s returns, for a year".formatted(sampling.adjective());
      case SHARPE ->
          "mean over standard deviation of %s returns, for a year; no riskless rate"
              .formatted(sampling.adjective());
      case SORTINO -> "mean over downside deviation below zero, for a year";
      case CALMAR -> "CAGR over maximum drawdown";
      case MAX_DRAWDOWN -> "deepest fall from a peak, of every head";
      case DRAWDOWN_DAYS -> "from that peak until it is reached again, or the end";
      case ALPHA -> "yearly return that holding does not explain";
      case BETA -> "how far returns follow those of holding";
      case PROBABILISTIC_SHARPE ->
          "probability that the true Sharpe ratio exceeds 0, given length, skewness and kurtosis";
      case EXPOSURE -> "mean part of the vault in the base asset";
      case TURNOVER -> "bought and sold value over mean equity, for a year";
      case TRADES -> "that the vault executed";
      case WIN_RATE -> "sales above average cost, all expenses included";
      case PROFIT_FACTOR -> "gains over losses of the sales";
      case EXPECTANCY -> "mean result of a sale";
    };
  }
}

package org.probity.sim.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.DataWarning;
import org.probity.sim.metrics.Interval;
import org.probity.sim.metrics.Measure;
import org.probity.sim.metrics.Performance;

/** Where a result could mislead its reader, by its own numbers. */
final class Caveats {

  private static final double SHORT_DAYS = 90;
  private static final int FEW_TRADES = 30;

  /** A kind of caveat in a word, and what it is. */
  record Caveat(String kind, String sentence) {}

  private Caveats() {}

  static List<Caveat> of(
      BacktestResult result, Performance performance, Map<Measure, Interval> intervals) {
    var caveats = new ArrayList<Caveat>();
    result
        .warnings()
        .forEach(warning ->
            caveats.add(
                new Caveat(warning.kind().name().toLowerCase(Locale.ROOT), warning.sentence())));
    var curve = result.curve();
    double days = (curve.time(curve.size() - 1) - curve.time(0)) / 86_400.0;
    boolean told = result.warnings().stream().anyMatch(w -> w.kind() == DataWarning.Kind.SHORT);
    if (days < SHORT_DAYS && !told) {
      caveats.add(
          new Caveat(
              "short",
              "Yearly figures are extrapolated from %s days: they say what would happen if every day were like these."
                  .formatted(tenths(days))));
    }
    Interval sharpe = intervals.getOrDefault(Measure.SHARPE, Interval.UNKNOWN);
    if (sharpe.isKnown() && sharpe.contains(0)) {
      caveats.add(
          new Caveat(
              "uncertain",
              "The Sharpe ratio's 95 %% interval, %s to %s, includes zero: this run alone does not show skill."
                  .formatted(
                      Measure.SHARPE.shown(sharpe.low()), Measure.SHARPE.shown(sharpe.high()))));
    }
    int trades = performance.tradeStatistics().trades();
    if (trades < FEW_TRADES) {
      caveats.add(
          new Caveat(
              "few trades",
              "%s: the win rate and the profit factor rest on little."
                  .formatted(
                      trades == 0
                          ? "Nothing was traded"
                          : trades == 1 ? "One trade was made" : trades + " trades were made")));
    }
    return caveats;
  }

  private static String tenths(double number) {
    return String.format(Locale.ROOT, "%.1f", number);
  }
}

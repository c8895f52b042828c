package org.probity.sim.backtest;

import java.util.List;

/**
 * What a backtest came to.
 *
 * @param stamp what it is a function of
 * @param market what was traded
 * @param curve a point for each head
 * @param trades in the order of their execution
 * @param decisions in the order of their heads
 * @param totals sums for the attribution
 * @param warnings about the data, gravest first
 */
public record BacktestResult(
    Stamp stamp,
    MarketDescription market,
    EquityCurve curve,
    List<Trade> trades,
    DecisionLog decisions,
    Totals totals,
    List<DataWarning> warnings) {

  public BacktestResult {
    trades = List.copyOf(trades);
    warnings = List.copyOf(warnings);
  }
}

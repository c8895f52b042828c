package org.probity.sim.backtest;

import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.probity.ground.Sha256;
import org.probity.sim.scenario.MarketActivity;

/**
 * What a backtest came to.
 *
 * @param stamp what it is a function of
 * @param market what was traded
 * @param curve a point for each head
 * @param trades in the order of their execution
 * @param decisions in the order of their heads
 * @param venueTrades executions of a policy with venues, and what else was quoted; none without
 * @param totals sums for the attribution
 * @param idleWeek what holds would cost
 * @param warnings about the data, gravest first
 * @param activity what others did from the first head on, beyond the prices
 */
public record BacktestResult(
    Stamp stamp,
    MarketDescription market,
    EquityCurve curve,
    List<Trade> trades,
    DecisionLog decisions,
    List<VenueTrade> venueTrades,
    Totals totals,
    IdleWeek idleWeek,
    List<DataWarning> warnings,
    MarketActivity activity) {

  public BacktestResult {
    trades = List.copyOf(trades);
    venueTrades = List.copyOf(venueTrades);
    warnings = List.copyOf(warnings);
  }

  /** Of a policy without venues. */
  public BacktestResult(
      Stamp stamp,
      MarketDescription market,
      EquityCurve curve,
      List<Trade> trades,
      DecisionLog decisions,
      Totals totals,
      IdleWeek idleWeek,
      List<DataWarning> warnings,
      MarketActivity activity) {
    this(stamp, market, curve, trades, decisions, List.of(), totals, idleWeek, warnings, activity);
  }

  /**
   * SHA-256 over every point, decision and trade, and what others did, hex: runs with equal stamps
   * have equal digests.
   */
  public String digest() {
    MessageDigest digest = Sha256.begun();
    curve.points().forEach(point -> add(digest, point));
    decisions.entries().forEach(entry -> add(digest, entry));
    trades.forEach(trade -> add(digest, trade));
    venueTrades.forEach(trade -> add(digest, trade));
    add(digest, totals);
    if (!activity.isNothing()) {
      add(digest, activity);
    }
    return Sha256.hex(digest);
  }

  /** How often each reason was given for no trade, without its numbers, by its name. */
  public Map<String, Integer> reasons() {
    Map<String, Integer> counts = new TreeMap<>();
    for (DecisionLog.Entry entry : decisions.entries()) {
      if (!entry.why().isEmpty()) {
        counts.merge(entry.reason(), 1, Integer::sum);
      }
    }
    return counts;
  }

  private static void add(MessageDigest digest, Object line) {
    Sha256.add(digest, line + "\n");
  }
}

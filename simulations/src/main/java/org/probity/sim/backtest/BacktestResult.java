package org.probity.sim.backtest;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.probity.sim.scenario.MarketActivity;

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
 * @param activity what others did from the first head on, beyond the prices
 */
public record BacktestResult(
    Stamp stamp,
    MarketDescription market,
    EquityCurve curve,
    List<Trade> trades,
    DecisionLog decisions,
    Totals totals,
    List<DataWarning> warnings,
    MarketActivity activity) {

  public BacktestResult {
    trades = List.copyOf(trades);
    warnings = List.copyOf(warnings);
  }

  /**
   * SHA-256 over every point, decision and trade, and what others did, hex: runs with equal stamps
   * have equal digests.
   */
  public String digest() {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
    curve.points().forEach(point -> add(digest, point.toString()));
    decisions.entries().forEach(entry -> add(digest, entry.toString()));
    trades.forEach(trade -> add(digest, trade.toString()));
    add(digest, totals.toString());
    if (!activity.isNothing()) {
      add(digest, activity.toString());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void add(MessageDigest digest, String line) {
    digest.update((line + "\n").getBytes(StandardCharsets.UTF_8));
  }
}

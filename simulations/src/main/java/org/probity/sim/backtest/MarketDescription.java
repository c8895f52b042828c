package org.probity.sim.backtest;

import java.util.List;
import java.util.OptionalInt;

/**
 * What was traded, and what the model's classes meant.
 *
 * @param base symbol of the asset whose price moves
 * @param quote symbol of the asset that everything is counted in
 * @param baseDecimals one whole token is {@code 10^decimals} of its smallest unit
 * @param feePips the pool's fee, in hundredths of a basis point
 * @param headSeconds what lies between two points of the equity curve, in seconds of market time;
 *     the typical one where heads come irregularly
 * @param decisions label of each class of the model
 * @param targets for each class the weight of the base asset in basis points; empty to hold
 * @param scenario the market in a few words, for a title
 */
public record MarketDescription(
    String base,
    String quote,
    int baseDecimals,
    int quoteDecimals,
    int feePips,
    long headSeconds,
    List<String> decisions,
    List<OptionalInt> targets,
    String scenario) {

  public MarketDescription {
    decisions = List.copyOf(decisions);
    targets = List.copyOf(targets);
  }
}

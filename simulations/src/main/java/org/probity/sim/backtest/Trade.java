package org.probity.sim.backtest;

import java.math.BigInteger;
import java.util.List;

/**
 * One trade of the vault: a step of a decision, of one asset against the numeraire.
 *
 * <p>Amounts are exact, in smallest units. Prices are whole units of the numeraire for one whole
 * asset; costs are whole units of the numeraire, positive where they cost. With {@code mid} the
 * pools' spot price just before the decision was executed, {@code fee + slippage} is what the vault
 * is worth less just after it, both valued at {@code mid}. What the transaction cost as a whole
 * stands at the first trade of a decision; it is 0 at the others.
 *
 * @param head index into the {@link EquityCurve} of the point that is the first to show the trade
 * @param decidedAt timestamp of the head that was decided on, in seconds of Unix time
 * @param executedAt timestamp of the block that the trade is in
 * @param block its number
 * @param outputs the model's, as in {@link DecisionLog.Entry}
 * @param asset index of the asset among those of the {@link MarketDescription}; at least 1
 * @param baseDelta what the vault gained of that asset; negative if it sold
 * @param quoteDelta what it gained of the numeraire
 * @param price what was paid or got, the fees included
 * @param decisionPrice the pools' spot price at the head that was decided on
 * @param mid the pools' spot price before the decision was executed
 * @param after the pools' spot price just after it
 * @param reference the price of the reference tick, which sizes and the slippage bound go by
 * @param fee the pools' fees
 * @param slippage what the trade's own price impact cost
 * @param gasUsed in units of gas
 * @param gas what they cost
 * @param proving what the proof cost
 * @param provingMillis from the decision to the proof
 * @param inclusionMillis from the proof to the block that the trade is in
 */
public record Trade(
    int head,
    long decidedAt,
    long executedAt,
    long block,
    List<Integer> outputs,
    int asset,
    BigInteger baseDelta,
    BigInteger quoteDelta,
    double price,
    double decisionPrice,
    double mid,
    double after,
    double reference,
    double fee,
    double slippage,
    long gasUsed,
    double gas,
    double proving,
    long provingMillis,
    long inclusionMillis) {

  public Trade {
    outputs = List.copyOf(outputs);
  }

  /** Whether the vault bought the asset. */
  public boolean buys() {
    return baseDelta.signum() > 0;
  }

  /** From the decision to the block that the trade is in. */
  public long latencyMillis() {
    return provingMillis + inclusionMillis;
  }
}

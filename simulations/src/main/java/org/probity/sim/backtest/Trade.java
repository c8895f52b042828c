package org.probity.sim.backtest;

import java.math.BigInteger;

/**
 * One trade of the vault with the pool.
 *
 * <p>Amounts are exact, in smallest units. Prices are whole quote tokens for one whole base token;
 * costs are whole quote tokens, positive where they cost. With {@code mid} the pool's spot price
 * just before the trade, {@code fee + slippage} is what the vault is worth less just after it, both
 * valued at {@code mid}.
 *
 * @param head index into the {@link EquityCurve} of the point that is the first to show the trade
 * @param decidedAt timestamp of the head that was decided on, in seconds of Unix time
 * @param executedAt timestamp of the block that the trade is in
 * @param block its number
 * @param decision the model's class
 * @param baseDelta what the vault gained of its base asset; negative if it sold
 * @param quoteDelta what it gained of its quote asset
 * @param price what was paid or got, the fee included
 * @param decisionPrice the pool's spot price at the head that was decided on
 * @param mid the pool's spot price just before the trade
 * @param after the pool's spot price just after it
 * @param reference the price of the reference tick, which sizes and the slippage bound go by
 * @param fee the pool's fee
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
    int decision,
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

  /** Whether the vault bought its base asset. */
  public boolean buys() {
    return baseDelta.signum() > 0;
  }

  /** From the decision to the block that the trade is in. */
  public long latencyMillis() {
    return provingMillis + inclusionMillis;
  }
}

package org.probity.strategy.feature;

import java.math.BigInteger;

/**
 * The books of a vault, as far as its features depend on them; exactly the arithmetic of {@code
 * ProofBoundVault.sol}. Amounts are in the token's smallest unit, values in units of the quote
 * asset.
 *
 * @param baseBalance of the base asset, below 2^128
 * @param quoteBalance of the quote asset, below 2^128
 * @param lastTradeTime seconds of Unix time; 0 before the first trade
 * @param lastTradeTick reference tick of the last trade
 * @param epoch number of the budget epoch that was last traded in
 * @param spent notional of that epoch's trades
 * @param maxNotionalPerEpoch the budget of an epoch, above 0
 * @param epochSeconds length of a budget epoch, above 0
 */
public record VaultBooks(
    BigInteger baseBalance,
    BigInteger quoteBalance,
    long lastTradeTime,
    int lastTradeTick,
    long epoch,
    BigInteger spent,
    BigInteger maxNotionalPerEpoch,
    long epochSeconds) {

  private static final BigInteger BPS = BigInteger.valueOf(10_000);
  private static final int LONGEST_MINUTES = 1440;

  /** Refuses negative amounts and a budget or an epoch that is not positive. */
  public VaultBooks {
    if (baseBalance.signum() < 0 || quoteBalance.signum() < 0 || spent.signum() < 0) {
      throw new IllegalArgumentException("The books of a vault hold no negative amounts");
    }
    if (maxNotionalPerEpoch.signum() <= 0 || epochSeconds <= 0) {
      throw new IllegalArgumentException("The budget of a vault and its epoch must be positive");
    }
  }

  /**
   * The four features of the books.
   *
   * @param asOf the moment of the features, in seconds of Unix time
   * @param referenceTick see {@link TwapFeatures#referenceTick}
   */
  public VaultFeatures features(long asOf, int referenceTick) {
    int minutes = LONGEST_MINUTES;
    int move = 0;
    if (lastTradeTime != 0) {
      minutes = (int) Math.clamp(Math.floorDiv(asOf - lastTradeTime, 60L), 0L, LONGEST_MINUTES);
      move =
          Math.clamp(
              (long) referenceTick - lastTradeTick, -TwapDefinition.LIMIT, TwapDefinition.LIMIT);
    }
    BigInteger spentNow = spentAt(asOf);
    int used =
        leftAt(asOf).signum() == 0
            ? BPS.intValueExact()
            : spentNow.multiply(BPS).divide(maxNotionalPerEpoch).intValueExact();
    return new VaultFeatures(weightBps(referenceTick) - 5_000, minutes, move, used);
  }

  /** Weight of the base asset at the reference price, in basis points; 0 for an empty vault. */
  public int weightBps(int referenceTick) {
    BigInteger base = baseValue(referenceTick);
    BigInteger value = base.add(quoteBalance);
    return value.signum() == 0 ? 0 : base.multiply(BPS).divide(value).intValueExact();
  }

  /** What the base balance is worth at the reference price. */
  public BigInteger baseValue(int referenceTick) {
    return PriceMath.valueAt(baseBalance, PriceMath.sqrtRatioX96(referenceTick));
  }

  /** What a decision made as of {@code asOf} may still trade. */
  public BigInteger leftAt(long asOf) {
    return maxNotionalPerEpoch.subtract(spentAt(asOf)).max(BigInteger.ZERO);
  }

  /**
   * The trade that brings the base asset's weight to {@code targetBps}, as far as the budget
   * reaches.
   *
   * @return positive to buy the base asset for that much quote, negative to sell that value of it
   */
  public BigInteger notional(int targetBps, long asOf, int referenceTick) {
    BigInteger base = baseValue(referenceTick);
    BigInteger target = base.add(quoteBalance).multiply(BigInteger.valueOf(targetBps)).divide(BPS);
    BigInteger wanted = target.subtract(base);
    BigInteger size = wanted.abs().min(leftAt(asOf));
    return wanted.signum() < 0 ? size.negate() : size;
  }

  private BigInteger spentAt(long asOf) {
    return Math.floorDiv(asOf, epochSeconds) > epoch ? BigInteger.ZERO : spent;
  }
}

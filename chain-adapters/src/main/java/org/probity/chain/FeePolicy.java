package org.probity.chain;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * What a sender is ready to pay for gas (EIP-1559). A transaction offers twice the base fee plus
 * the tip, so that it stays valid for at least six full blocks, but never more than the cap. One
 * that is stuck is offered again with an eighth more of both, under the same cap.
 *
 * @param tipPerGas offered to the block's producer, in wei a unit of gas
 * @param maxFeePerGas the cap on tip and base fee together, in wei a unit of gas
 * @param gasMarginPercent how much more gas than estimated a transaction may use; what it does not
 *     use costs nothing
 */
public record FeePolicy(BigInteger tipPerGas, BigInteger maxFeePerGas, int gasMarginPercent) {

  /** The most gas that a transaction may have, 2^24 (EIP-7825). */
  private static final BigInteger MOST_GAS = BigInteger.ONE.shiftLeft(24);

  private static final BigInteger GWEI = BigInteger.valueOf(1_000_000_000);

  /** A tip of 1 gwei, a cap of 200 gwei, a margin of 20 %. */
  public static final FeePolicy DEFAULT =
      new FeePolicy(GWEI, GWEI.multiply(BigInteger.valueOf(200)), 20);

  /**
   * @throws IllegalArgumentException if an amount is negative or the tip alone exceeds the cap
   */
  public FeePolicy {
    if (tipPerGas.signum() < 0 || gasMarginPercent < 0) {
      throw new IllegalArgumentException("A tip and a gas margin cannot be negative");
    }
    if (tipPerGas.compareTo(maxFeePerGas) > 0) {
      throw new IllegalArgumentException(
          "The tip of %s is above the fee cap of %s"
              .formatted(gwei(tipPerGas), gwei(maxFeePerGas)));
    }
  }

  /** The same with a tip of at least {@code least}, as far as the cap allows it. */
  FeePolicy withTipOfAtLeast(BigInteger least) {
    return new FeePolicy(tipPerGas.max(least.min(maxFeePerGas)), maxFeePerGas, gasMarginPercent);
  }

  /** An amount of wei as people say it: {@code 25 gwei}, or wei where that is little. */
  static String gwei(BigInteger wei) {
    return wei.compareTo(BigInteger.valueOf(1_000)) < 0
        ? wei + " wei"
        : new BigDecimal(wei).movePointLeft(9).stripTrailingZeros().toPlainString() + " gwei";
  }

  /** Whether a block with this base fee would include a transaction under the cap. */
  boolean affords(BigInteger baseFee) {
    return baseFee.add(tipPerGas).compareTo(maxFeePerGas) <= 0;
  }

  /** The fee to offer while the base fee is {@code baseFee}. */
  BigInteger offer(BigInteger baseFee) {
    return baseFee.shiftLeft(1).add(tipPerGas).min(maxFeePerGas);
  }

  /** What a unit of gas costs in a block with this base fee, where the first offer is taken. */
  BigInteger price(BigInteger baseFee) {
    Fees fees = first(baseFee);
    return baseFee.add(fees.tip()).min(fees.maxFee());
  }

  /** What a transaction offers, in wei a unit of gas. */
  record Fees(BigInteger maxFee, BigInteger tip) {}

  /** The fees of a first offer while the base fee is {@code baseFee}. */
  Fees first(BigInteger baseFee) {
    BigInteger maxFee = offer(baseFee);
    return new Fees(maxFee, tipPerGas.min(maxFee));
  }

  /**
   * The fees of an offer that takes the place of {@code before}: nodes want both at least a tenth
   * higher, some an eighth. Where the cap allows no eighth, as much as it allows: a node that does
   * not know the former offer takes it.
   */
  Fees next(Fees before, BigInteger baseFee) {
    BigInteger maxFee = eighthMore(before.maxFee()).max(offer(baseFee)).min(maxFeePerGas);
    return new Fees(maxFee, eighthMore(before.tip()).max(tipPerGas).min(maxFee));
  }

  /** Whether the cap allows an eighth more than {@code before}. */
  boolean canRaise(Fees before) {
    return eighthMore(before.maxFee()).compareTo(maxFeePerGas) <= 0;
  }

  private static BigInteger eighthMore(BigInteger fee) {
    BigInteger eight = BigInteger.valueOf(8);
    return fee.multiply(BigInteger.valueOf(9))
        .add(BigInteger.valueOf(7))
        .divide(eight)
        .max(fee.add(BigInteger.ONE));
  }

  /** Gas limit for a transaction that was estimated at {@code estimate}. */
  long gasLimit(BigInteger estimate) {
    BigInteger withMargin =
        estimate
            .multiply(BigInteger.valueOf(100L + gasMarginPercent))
            .divide(BigInteger.valueOf(100));
    return withMargin.min(MOST_GAS.max(estimate)).longValueExact();
  }
}

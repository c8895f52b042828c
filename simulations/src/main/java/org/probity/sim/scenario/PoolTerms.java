package org.probity.sim.scenario;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * The assets of a pool and what prices mean in it.
 *
 * @param baseIsToken0 whether the base asset is the pool's token0
 * @param feePips in hundredths of a basis point
 */
public record PoolTerms(
    String base,
    String quote,
    int baseDecimals,
    int quoteDecimals,
    boolean baseIsToken0,
    int feePips) {

  private static final BigDecimal Q96 = new BigDecimal(BigInteger.ONE.shiftLeft(96));
  private static final MathContext PRECISION = MathContext.DECIMAL128;

  /** Whole quote for a whole base at the price of {@code sqrtX96}. */
  public double price(BigInteger sqrtX96) {
    return price(sqrtX96.doubleValue() * 0x1p-96);
  }

  /** Whole quote for a whole base where a unit of token0 costs {@code sqrt^2} units of token1. */
  public double price(double sqrt) {
    double raw = sqrt * sqrt;
    double units = baseIsToken0 ? raw : 1 / raw;
    return units * power(baseDecimals - quoteDecimals);
  }

  /**
   * The price of an oriented tick.
   *
   * @param tick a higher one is a dearer base asset
   */
  public double priceOfTick(int tick) {
    return StrictMath.pow(1.0001, tick) * power(baseDecimals - quoteDecimals);
  }

  /** The other way: the square root that the pool has at a price. */
  public BigInteger sqrtX96(double price) {
    double units = price / power(baseDecimals - quoteDecimals);
    double raw = baseIsToken0 ? units : 1 / units;
    return sqrtX96(BigDecimal.valueOf(Math.sqrt(raw)));
  }

  static BigInteger sqrtX96(BigDecimal sqrt) {
    return sqrt.multiply(Q96, PRECISION).setScale(0, RoundingMode.HALF_EVEN).toBigIntegerExact();
  }

  /** Smallest units of so many whole base tokens. */
  public BigInteger baseUnits(double amount) {
    return BigDecimal.valueOf(amount).movePointRight(baseDecimals).toBigInteger();
  }

  /** Smallest units of so many whole quote tokens. */
  public BigInteger quoteUnits(double amount) {
    return BigDecimal.valueOf(amount).movePointRight(quoteDecimals).toBigInteger();
  }

  /** Whole base tokens. */
  public double base(BigInteger units) {
    return units.doubleValue() * power(-baseDecimals);
  }

  /** Whole quote tokens. */
  public double quote(BigInteger units) {
    return units.doubleValue() * power(-quoteDecimals);
  }

  /** The liquidity that puts so many whole base tokens into the pool over every price. */
  public BigInteger liquidity(double depth, double price) {
    double sqrt = sqrtX96(price).doubleValue() * 0x1p-96;
    double units = depth * power(baseDecimals);
    double liquidity = baseIsToken0 ? units * sqrt : units / sqrt;
    return BigDecimal.valueOf(liquidity).toBigInteger();
  }

  /** A power of ten: exact up to 10^22, correctly rounded beyond. */
  public static double power(int digits) {
    return digits >= 0
        ? BigDecimal.ONE.scaleByPowerOfTen(digits).doubleValue()
        : 1 / BigDecimal.ONE.scaleByPowerOfTen(-digits).doubleValue();
  }
}

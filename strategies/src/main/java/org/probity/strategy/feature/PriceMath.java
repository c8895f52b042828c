package org.probity.strategy.feature;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Prices as Uniswap v3 keeps them: the square root of a price in units of 2^-96, of an integer
 * tick; {@code price = 1.0001^tick}. Exactly {@code PriceMath.sol}.
 */
public final class PriceMath {

  /** The largest tick of a Uniswap v3 pool; the smallest is its negative. */
  public static final int MAX_TICK = 887_272;

  private static final int BITS = 20;
  private static final BigInteger ROUND_UP_32 = BigInteger.valueOf(0xffff_ffffL);
  private static final BigInteger MAX_UINT256 =
      BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);

  /** 2^128 / 1.0001^(2^k / 2), rounded to the nearest integer, for bit k of a tick's size. */
  private static final BigInteger[] FACTORS = factors();

  private PriceMath() {}

  private static BigInteger[] factors() {
    var precision = new MathContext(120);
    var scale = new BigDecimal(BigInteger.ONE.shiftLeft(128));
    var factors = new BigInteger[BITS];
    BigDecimal power = new BigDecimal("1.0001").sqrt(precision);
    for (int k = 0; k < BITS; k++) {
      factors[k] =
          scale.divide(power, precision).setScale(0, RoundingMode.HALF_UP).toBigIntegerExact();
      power = power.multiply(power, precision);
    }
    return factors;
  }

  /**
   * The square root of {@code 1.0001^tick} in units of 2^-96, rounded up.
   *
   * @throws IllegalArgumentException for a tick outside [-887272, 887272]
   */
  public static BigInteger sqrtRatioX96(int tick) {
    int size = Math.abs(tick);
    if (size > MAX_TICK || size < 0) {
      throw new IllegalArgumentException(
          "Tick %d is beyond what a Uniswap v3 pool can reach (%d)".formatted(tick, MAX_TICK));
    }
    BigInteger ratio = BigInteger.ONE.shiftLeft(128);
    for (int k = 0; k < BITS; k++) {
      if ((size >>> k & 1) != 0) {
        ratio = ratio.multiply(FACTORS[k]).shiftRight(128);
      }
    }
    if (tick > 0) {
      ratio = MAX_UINT256.divide(ratio);
    }
    return ratio.add(ROUND_UP_32).shiftRight(32);
  }

  /**
   * What {@code amount} is worth at the price whose square root is {@code sqrtX96}: amount *
   * sqrtX96^2 / 2^192, with the two divisions by 2^96 rounded down one after the other.
   *
   * @param amount not negative, below 2^128
   * @throws ArithmeticException if the value does not fit 128 bits
   */
  public static BigInteger valueAt(BigInteger amount, BigInteger sqrtX96) {
    BigInteger value = amount.multiply(sqrtX96).shiftRight(96).multiply(sqrtX96).shiftRight(96);
    if (value.bitLength() > 128) {
      throw new ArithmeticException("The value of " + amount + " does not fit 128 bits");
    }
    return value;
  }
}

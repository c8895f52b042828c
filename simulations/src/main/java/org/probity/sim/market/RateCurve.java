package org.probity.sim.market;

import java.math.BigInteger;
import org.probity.sim.math.Word;

/**
 * The interest of a reserve by how much of it is borrowed: {@code
 * DefaultReserveInterestRateStrategy}, two lines that meet at the optimal usage. All are rays.
 *
 * <p>Nothing is borrowed at a stable rate here, but the pool still publishes that rate, so it is
 * computed.
 *
 * @param optimalUsage share of the reserve, at most one
 * @param base yearly variable rate when nothing is borrowed
 * @param slope1 what the rate rises by up to the optimal usage
 * @param slope2 what it rises by beyond
 * @param stableSlope1 the same of the stable rate
 * @param stableSlope2 the same of the stable rate
 * @param stableOffset what the lowest stable rate is above {@code slope1}
 */
public record RateCurve(
    BigInteger optimalUsage,
    BigInteger base,
    BigInteger slope1,
    BigInteger slope2,
    BigInteger stableSlope1,
    BigInteger stableSlope2,
    BigInteger stableOffset) {

  /**
   * @throws IllegalArgumentException if the optimal usage is not a share, or a rate has a sign or
   *     more than 128 bits
   */
  public RateCurve {
    if (optimalUsage.signum() < 0 || Word.of(optimalUsage).above(RayMath.RAY)) {
      throw new IllegalArgumentException("optimalUsage must be 0 to 10^27, not " + optimalUsage);
    }
    for (BigInteger rate :
        new BigInteger[] {base, slope1, slope2, stableSlope1, stableSlope2, stableOffset}) {
      if (rate.signum() < 0 || rate.bitLength() > 128) {
        throw new IllegalArgumentException("A rate has no sign and 128 bits, unlike " + rate);
      }
    }
  }

  /** A curve in hundredths of a percent, with no stable rate of its own. */
  public static RateCurve ofBasisPoints(int optimalUsage, int base, int slope1, int slope2) {
    return new RateCurve(
        ray(optimalUsage),
        ray(base),
        ray(slope1),
        ray(slope2),
        BigInteger.ZERO,
        BigInteger.ZERO,
        BigInteger.ZERO);
  }

  private static BigInteger ray(int basisPoints) {
    return BigInteger.valueOf(basisPoints).multiply(BigInteger.TEN.pow(23));
  }
}

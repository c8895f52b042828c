package org.probity.strategy.feature;

import java.math.BigInteger;

/**
 * An allowance that refills by the clock: a bucket that leaks; exactly {@code Bucket.sol}. In any
 * time t at most {@code capacity * (1 + t / window)} is used.
 *
 * @param used what was in it at {@code since}
 * @param since seconds of Unix time
 */
public record Bucket(BigInteger used, long since) {

  /** With nothing in it. */
  public static Bucket empty(long now) {
    return new Bucket(BigInteger.ZERO, now);
  }

  /** What is still in the bucket; before {@code since} all that was in it then. */
  public BigInteger usedAt(long now, BigInteger capacity, long windowSeconds) {
    if (used.signum() == 0 || now <= since) {
      return used;
    }
    BigInteger leaked =
        BigInteger.valueOf(now - since)
            .multiply(capacity)
            .divide(BigInteger.valueOf(windowSeconds));
    return used.subtract(leaked).max(BigInteger.ZERO);
  }
}

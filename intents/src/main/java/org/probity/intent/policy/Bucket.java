package org.probity.intent.policy;

import java.math.BigInteger;

/**
 * An allowance that refills by the clock: a bucket that leaks; exactly {@code Bucket.sol}. In any
 * time t at most {@code capacity * (1 + t / window)} is used.
 *
 * @param used what was in it at {@code since}
 */
public record Bucket(BigInteger used, long since) {

  static Bucket empty(long now) {
    return new Bucket(BigInteger.ZERO, now);
  }

  /** What is still in the bucket. */
  public BigInteger usedAt(long now, BigInteger capacity, long windowSeconds) {
    if (used.signum() == 0) {
      return used;
    }
    BigInteger leaked =
        BigInteger.valueOf(now - since)
            .multiply(capacity)
            .divide(BigInteger.valueOf(windowSeconds));
    return used.subtract(leaked).max(BigInteger.ZERO);
  }
}

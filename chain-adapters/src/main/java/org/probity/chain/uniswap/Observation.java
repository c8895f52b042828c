package org.probity.chain.uniswap;

/**
 * One entry of a pool's price history.
 *
 * @param timestamp in seconds of Unix time
 * @param tickCumulative the sum of the tick over all seconds up to {@code timestamp}, a 56-bit
 *     number that may wrap; the tick is the logarithm of the price to base 1.0001
 * @param initialized false for a place in the ring that holds no observation yet
 */
public record Observation(long timestamp, long tickCumulative, boolean initialized) {

  /** The tick that held since an earlier observation, if this is the next one. */
  public long tickSince(Observation earlier) {
    return int56(tickCumulative - earlier.tickCumulative) / (timestamp - earlier.timestamp);
  }

  static long int56(long value) {
    return value << 8 >> 8;
  }
}

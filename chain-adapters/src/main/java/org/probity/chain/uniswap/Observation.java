package org.probity.chain.uniswap;

/**
 * One entry of a pool's price history.
 *
 * @param timestamp in seconds of Unix time
 * @param tickCumulative the sum of the tick over all seconds up to {@code timestamp}; the tick is
 *     the logarithm of the price to base 1.0001
 * @param initialized false for a place in the ring that holds no observation yet
 */
public record Observation(long timestamp, long tickCumulative, boolean initialized) {}

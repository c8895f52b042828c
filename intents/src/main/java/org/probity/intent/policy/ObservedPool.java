package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.List;
import org.probity.chain.uniswap.Observation;

/**
 * A pool as its ring of observations tells it: the arithmetic of {@code Observations.sol}, on what
 * somebody read of the pool at one block.
 *
 * <p>Between two neighbours the cumulative tick is a straight line of integer slope, so
 * interpolation is exact; after the newest the slope is the present tick.
 */
public final class ObservedPool implements PoolView {

  private static final BigInteger MASK_160 = BigInteger.ONE.shiftLeft(160).subtract(BigInteger.ONE);

  private final BigInteger sqrtPriceX96;
  private final int tick;
  private final BigInteger liquidity;
  private final int cardinality;
  private final List<Entry> entries;

  /** An observation with its seconds per liquidity, times 2^128, modulo 2^160. */
  public record Entry(long timestamp, long tickCumulative, BigInteger secondsPerLiquidityX128) {}

  /**
   * The pool of these observations.
   *
   * @param cardinality of the ring, as {@code slot0} has it
   * @param entries the observations that it holds, oldest first; at least one
   */
  public ObservedPool(
      BigInteger sqrtPriceX96,
      int tick,
      BigInteger liquidity,
      int cardinality,
      List<Entry> entries) {
    this.sqrtPriceX96 = sqrtPriceX96;
    this.tick = tick;
    this.liquidity = liquidity;
    this.cardinality = cardinality;
    this.entries = List.copyOf(entries);
    if (this.entries.isEmpty()) {
      throw new IllegalArgumentException(
          "A pool without an observation has no price yet: initialize it");
    }
  }

  @Override
  public BigInteger sqrtPriceX96() {
    return sqrtPriceX96;
  }

  @Override
  public int tick() {
    return tick;
  }

  @Override
  public BigInteger liquidity() {
    return liquidity;
  }

  @Override
  public int cardinality() {
    return cardinality;
  }

  @Override
  public Observation observation(int back) {
    int at = entries.size() - 1 - back;
    if (at < 0) {
      return new Observation(1, 0, false);
    }
    return new Observation(entries.get(at).timestamp, entries.get(at).tickCumulative, true);
  }

  @Override
  public long oldest() {
    return entries.getFirst().timestamp;
  }

  @Override
  public long tickCumulative(long moment) {
    int at = before(moment);
    Entry before = entries.get(at);
    long passed = moment - before.timestamp;
    if (at == entries.size() - 1) {
      return int56(before.tickCumulative + tick * passed);
    }
    Entry after = entries.get(at + 1);
    long slope =
        int56(after.tickCumulative - before.tickCumulative) / (after.timestamp - before.timestamp);
    return int56(before.tickCumulative + slope * passed);
  }

  @Override
  public BigInteger secondsPerLiquidityX128(long moment) {
    int at = before(moment);
    Entry before = entries.get(at);
    BigInteger passed = BigInteger.valueOf(moment - before.timestamp);
    BigInteger grown;
    if (at == entries.size() - 1) {
      grown = passed.shiftLeft(128).divide(liquidity.max(BigInteger.ONE));
    } else {
      Entry after = entries.get(at + 1);
      grown =
          after
              .secondsPerLiquidityX128
              .subtract(before.secondsPerLiquidityX128)
              .and(MASK_160)
              .multiply(passed)
              .divide(BigInteger.valueOf(after.timestamp - before.timestamp));
    }
    return before.secondsPerLiquidityX128.add(grown).and(MASK_160);
  }

  /** How many observations came after the last one at or before a moment, or after the oldest. */
  int back(long moment) {
    return entries.size() - 1 - lastUpTo(moment);
  }

  /** The place of the last observation at or before a moment. */
  private int before(long moment) {
    int at = lastUpTo(moment);
    if (entries.get(at).timestamp > moment) {
      throw new IllegalArgumentException(
          "The pool's oldest observation is of %s, after %s: let it log for longer"
              .formatted(entries.get(at).timestamp, moment));
    }
    return at;
  }

  private int lastUpTo(long moment) {
    int low = 0;
    int high = entries.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (entries.get(middle).timestamp <= moment) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** Cumulative ticks are 56-bit numbers that may wrap: only differences mean something. */
  static long int56(long value) {
    return value << 8 >> 8;
  }
}

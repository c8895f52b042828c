package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.List;
import org.probity.chain.uniswap.Observation;
import org.probity.chain.uniswap.ObservationRing;

/**
 * A pool as its ring of observations tells it: the arithmetic of {@code Observations.sol}, on what
 * somebody read of the pool at one block.
 */
public final class ObservedPool implements PoolView {

  private static final BigInteger MASK_160 = BigInteger.ONE.shiftLeft(160).subtract(BigInteger.ONE);

  private final BigInteger sqrtPriceX96;
  private final BigInteger liquidity;
  private final int cardinality;
  private final ObservationRing ring;
  private final List<Entry> entries;

  /** An observation with its seconds per liquidity, times 2^128, modulo 2^160. */
  public record Entry(long timestamp, long tickCumulative, BigInteger secondsPerLiquidityX128) {
    private Observation observation() {
      return new Observation(timestamp, tickCumulative, true);
    }
  }

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
    this.liquidity = liquidity;
    this.cardinality = cardinality;
    this.entries = List.copyOf(entries);
    this.ring = new ObservationRing(tick, entries.stream().map(Entry::observation).toList());
  }

  @Override
  public BigInteger sqrtPriceX96() {
    return sqrtPriceX96;
  }

  @Override
  public int tick() {
    return ring.tick();
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
    return at < 0 ? new Observation(1, 0, false) : ring.observations().get(at);
  }

  @Override
  public long oldest() {
    return ring.oldest();
  }

  @Override
  public long tickCumulative(long moment) {
    return ring.tickCumulative(moment);
  }

  @Override
  public BigInteger secondsPerLiquidityX128(long moment) {
    int at = ring.before(moment);
    Entry before = entries.get(at);
    BigInteger passed = BigInteger.valueOf(moment - before.timestamp);
    BigInteger grown;
    if (ring.isNewest(at)) {
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
    return entries.size() - 1 - ring.lastUpTo(moment);
  }
}

package org.probity.sim.backtest;

import java.math.BigInteger;
import org.probity.chain.uniswap.Observation;
import org.probity.intent.policy.PoolView;
import org.probity.sim.market.V3Pool;

/**
 * An exact pool as a plan sees it in a block.
 *
 * @param now the block's time
 */
record SimulatedPool(V3Pool exact, long now) implements PoolView {

  @Override
  public BigInteger sqrtPriceX96() {
    return exact.sqrtPriceX96();
  }

  @Override
  public int tick() {
    return exact.tick();
  }

  @Override
  public BigInteger liquidity() {
    return exact.liquidity();
  }

  @Override
  public int cardinality() {
    return exact.observationCardinality();
  }

  @Override
  public Observation observation(int back) {
    int place = Math.floorMod(exact.observationIndex() - back, exact.observationCardinality());
    return new Observation(
        exact.observationTime(place),
        exact.tickCumulative(place),
        exact.observationInitialized(place));
  }

  @Override
  public long oldest() {
    return exact.observationTime(exact.oldestObservation());
  }

  @Override
  public long tickCumulative(long moment) {
    return exact.observeTicks(now, now - moment);
  }

  @Override
  public BigInteger secondsPerLiquidityX128(long moment) {
    return exact.observe(now, now - moment).secondsPerLiquidityCumulative();
  }
}

package org.probity.sim.market;

import org.probity.sim.math.Word;

/** What a pool keeps for an initialized tick (contract library Tick, struct Info). */
final class TickState {

  static final TickState NONE = new TickState();

  final Word liquidityGross = new Word();

  /** Signed: what is added to the liquidity when the price crosses it upwards. */
  final Word liquidityNet = new Word();

  final Word feeGrowthOutside0 = new Word();
  final Word feeGrowthOutside1 = new Word();
  long tickCumulativeOutside;
  final Word secondsPerLiquidityOutside = new Word();
  int secondsOutside;

  TickState copy() {
    TickState copy = new TickState();
    copy.liquidityGross.set(liquidityGross);
    copy.liquidityNet.set(liquidityNet);
    copy.feeGrowthOutside0.set(feeGrowthOutside0);
    copy.feeGrowthOutside1.set(feeGrowthOutside1);
    copy.tickCumulativeOutside = tickCumulativeOutside;
    copy.secondsPerLiquidityOutside.set(secondsPerLiquidityOutside);
    copy.secondsOutside = secondsOutside;
    return copy;
  }

  boolean isInitialized() {
    return !liquidityGross.isZero();
  }
}

package org.probity.sim.history;

import java.math.BigInteger;

/**
 * What a pool did in one minute. Amounts are in smallest units.
 *
 * @param time the minute's first second, Unix time
 * @param net0 token0 that came in, less what went out
 * @param net1 the same of token1
 * @param in0 token0 that came in, fees included
 * @param in1 the same of token1
 * @param liquidity in range at the minute's end
 */
public record PoolMinute(
    long time,
    BigInteger net0,
    BigInteger net1,
    int closeTick,
    int openTick,
    int lowestTick,
    int highestTick,
    BigInteger in0,
    BigInteger in1,
    BigInteger liquidity) {

  static PoolMinute of(Row row) {
    return new PoolMinute(
        row.time(),
        row.integer(1),
        row.integer(2),
        row.small(3),
        row.small(4),
        row.small(5),
        row.small(6),
        row.integer(7),
        row.integer(8),
        row.integer(9));
  }

  /** Token0 that went out. */
  public BigInteger out0() {
    return in0.subtract(net0);
  }

  /** Token1 that went out. */
  public BigInteger out1() {
    return in1.subtract(net1);
  }

  /** Whether nobody traded. */
  public boolean quiet() {
    return in0.signum() == 0 && in1.signum() == 0;
  }
}

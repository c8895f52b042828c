package org.probity.sim.scenario;

import java.util.Optional;

/**
 * Pools of concentrated liquidity beside a scenario's own, for the same two assets.
 *
 * @param noiseShare chance that a noise trader trades in one of them, each alike
 * @param arbitrageChance that somebody trades one of them and the scenario's pool together after
 *     either was traded
 */
public record SideTerms(
    Optional<V3> v3, Optional<V4> v4, double noiseShare, double arbitrageChance) {

  /** None. */
  public static final SideTerms NONE = new SideTerms(Optional.empty(), Optional.empty(), 0, 0);

  /**
   * Another Uniswap v3 pool, with liquidity over every price.
   *
   * @param depth whole base tokens in it
   * @param feePips in hundredths of a basis point
   */
  public record V3(double depth, int feePips) {}

  /**
   * A Uniswap v4 pool without hooks, with liquidity over every price.
   *
   * @param depth whole base tokens in it
   * @param feePips what its providers take, in hundredths of a basis point
   * @param protocolFeePips what the protocol takes besides, of swaps either way
   */
  public record V4(double depth, int feePips, int tickSpacing, int protocolFeePips) {}
}

package org.probity.sim.scenario;

import java.util.Optional;

/**
 * Who acts in an agent-based market.
 *
 * @param pair a second market of the same assets
 * @param sides more of them
 * @param lending a lending market with borrowers and liquidators
 */
public record MarketPopulation(
    Agents agents, Optional<PairTerms> pair, SideTerms sides, Optional<LendingTerms> lending) {

  /** Without pools of concentrated liquidity beside the scenario's own. */
  public MarketPopulation(Agents agents, Optional<PairTerms> pair, Optional<LendingTerms> lending) {
    this(agents, pair, SideTerms.NONE, lending);
  }

  /**
   * Who acts in the pool.
   *
   * @param noisePerHour noise trades
   * @param noiseSize their mean size in whole base tokens
   * @param arbitrageChance that an arbitrageur notices a price that is off
   * @param providers how many liquidity providers
   * @param providerTicks width of their positions, either side
   * @param providerSize whole base tokens that each has, with quote of about the same worth
   * @param movesPerDay of each provider's position
   * @param sandwichChance that the attacker sees our transaction in time
   * @param sandwichSize whole base tokens, or their worth, that it trades before it
   */
  public record Agents(
      double noisePerHour,
      double noiseSize,
      double arbitrageChance,
      int providers,
      int providerTicks,
      double providerSize,
      double movesPerDay,
      double sandwichChance,
      double sandwichSize) {}
}

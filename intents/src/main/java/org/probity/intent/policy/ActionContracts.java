package org.probity.intent.policy;

import org.probity.chain.Address;

/**
 * The contracts through which a release's vaults trade and lend on a chain; zero for one that has
 * nothing to do there.
 *
 * @param route trades along the routes, over pools of Uniswap v3
 * @param pools trades at venues over other pools of Uniswap v3
 * @param pairs at venues over pairs of Uniswap v2
 * @param keys at venues over pools of Uniswap v4
 * @param desk lends and borrows with Aave v3
 */
public record ActionContracts(
    Address route, Address pools, Address pairs, Address keys, Address desk) {

  /** A release that trades along routes alone. */
  public static ActionContracts of(Address route) {
    return new ActionContracts(route, Address.ZERO, Address.ZERO, Address.ZERO, Address.ZERO);
  }

  /** The action that takes such a way; zero if there is none. */
  public Address of(VenueWay way) {
    return switch (way) {
      case VenueWay.OfPairs _ -> pairs;
      case VenueWay.OfPools _ -> pools;
      case VenueWay.OfKeys _ -> keys;
    };
  }
}

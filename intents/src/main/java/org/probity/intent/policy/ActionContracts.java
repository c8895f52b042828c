package org.probity.intent.policy;

import org.probity.chain.Address;
import org.probity.chain.ChainClient;

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

  /** Those that a policy names, told by the code that lies there. */
  public static ActionContracts of(ChainClient chain, Policy.Parts parts) {
    Address pools = Address.ZERO;
    Address pairs = Address.ZERO;
    Address keys = Address.ZERO;
    for (Policy.Venue venue : parts.venues()) {
      switch (VenueWay.of(chain.code(venue.action()), venue.parameters()).orElse(null)) {
        case VenueWay.OfPools _ -> pools = venue.action();
        case VenueWay.OfPairs _ -> pairs = venue.action();
        case VenueWay.OfKeys _ -> keys = venue.action();
        case null -> {}
      }
    }
    return new ActionContracts(parts.action(), pools, pairs, keys, parts.lending().desk());
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

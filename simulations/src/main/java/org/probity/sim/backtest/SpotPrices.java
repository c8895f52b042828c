package org.probity.sim.backtest;

import java.math.BigInteger;
import java.util.List;
import org.probity.intent.policy.Policy;
import org.probity.sim.market.V3Pool;
import org.probity.sim.scenario.PoolTerms;

/**
 * What the assets of a policy are worth at the pools' prices now, in whole units of the numeraire.
 */
final class SpotPrices {

  private final List<Route> routes;

  private record Leg(V3Pool pool, boolean inverted) {}

  /**
   * @param scale what one smallest unit of the asset for one of the numeraire is in whole ones
   */
  private record Route(List<Leg> legs, double scale, int decimals) {}

  SpotPrices(Policy policy, SimulatedMarket market) {
    int numeraire = policy.parts().assets().getFirst().decimals();
    this.routes =
        policy.parts().assets().stream()
            .map(asset ->
                new Route(
                    asset.route().stream()
                        .map(hop -> {
                          Policy.PoolPart part = policy.parts().pools().get(hop.pool());
                          return new Leg(market.pool(part.pool()).exact(), hop.inverted());
                        })
                        .toList(),
                    PoolTerms.power(asset.decimals() - numeraire),
                    asset.decimals()))
            .toList();
  }

  /** The price of one whole asset; of the numeraire 1. */
  double price(int asset) {
    Route route = routes.get(asset);
    double units = 1;
    for (Leg leg : route.legs) {
      double root = leg.pool.sqrtPriceX96().doubleValue() * 0x1p-96;
      double raw = root * root;
      units *= leg.inverted ? 1 / raw : raw;
    }
    return units * route.scale;
  }

  /** Of all assets, in the policy's order. */
  double[] all() {
    double[] prices = new double[routes.size()];
    for (int i = 0; i < prices.length; i++) {
      prices[i] = price(i);
    }
    return prices;
  }

  /** The price at a tick of the asset's route; a higher one is a dearer asset. */
  double ofTick(int asset, int tick) {
    return StrictMath.pow(1.0001, tick) * routes.get(asset).scale;
  }

  /** Whole ones of an asset. */
  double whole(int asset, BigInteger units) {
    return units.doubleValue() * PoolTerms.power(-routes.get(asset).decimals);
  }

  /** What a step through an asset's route pays in fees, as a part of what it gives. */
  double fee(int asset) {
    double left = 1;
    double paid = 0;
    for (Leg leg : routes.get(asset).legs) {
      double fee = leg.pool.feePips() / 1e6;
      paid += left * fee;
      left -= left * fee;
    }
    return paid;
  }
}

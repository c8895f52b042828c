package org.probity.sim.backtest;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.probity.chain.Address;
import org.probity.intent.policy.MarketView;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PoolView;
import org.probity.sim.market.OcrFeed;
import org.probity.sim.market.V3Pool;
import org.probity.sim.scenario.Basket;
import org.probity.sim.scenario.BasketScenario;
import org.probity.sim.scenario.PoolScenario;

/**
 * Exact pools and feeds under the addresses that policies name. Whoever else deals with them does
 * so on the pools and feeds themselves.
 */
final class SimulatedMarket {

  private final Map<Address, Place> pools = new TreeMap<>();
  private final Map<Address, OcrFeed> feeds;

  /** A pool under its address; token0 is the lower of the two. */
  record Place(Address pool, Address token0, Address token1, V3Pool exact) {

    /** Refuses a pool whose tokens are not in Uniswap's order. */
    Place {
      if (token0.compareTo(token1) >= 0) {
        throw new IllegalArgumentException(
            "The token0 of the pool at %s does not lie below its token1: exchange the two"
                .formatted(pool));
      }
    }
  }

  /** The market of these pools and feeds. */
  SimulatedMarket(List<Place> pools, Map<Address, OcrFeed> feeds) {
    for (Place place : pools) {
      this.pools.put(place.pool, place);
    }
    this.feeds = new TreeMap<>(feeds);
  }

  /** The market of a scenario of one pool. */
  static SimulatedMarket of(PoolScenario scenario, Address pool, Address token0, Address token1) {
    return new SimulatedMarket(
        List.of(new Place(pool, token0, token1, scenario.pool().exact())), new TreeMap<>());
  }

  /** The market of a scenario of several. */
  static SimulatedMarket of(BasketScenario scenario) {
    Basket basket = scenario.basket();
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < basket.pools().size(); i++) {
      Basket.Pool pool = basket.pools().get(i);
      Address base = basket.assets().get(pool.base()).token();
      Address quote = basket.assets().get(pool.quote()).token();
      boolean ordered = base.compareTo(quote) < 0;
      places.add(
          new Place(
              pool.place(),
              ordered ? base : quote,
              ordered ? quote : base,
              scenario.pools().get(i).exact()));
    }
    Map<Address, OcrFeed> feeds = new TreeMap<>();
    for (int i = 0; i < basket.feeds().size(); i++) {
      feeds.put(basket.feeds().get(i).proxy(), scenario.feeds().get(i));
    }
    return new SimulatedMarket(places, feeds);
  }

  /**
   * The pool under an address.
   *
   * @throws IllegalArgumentException if the market has none there
   */
  Place pool(Address address) {
    Place place = pools.get(address);
    if (place == null) {
      throw new IllegalArgumentException(
          "The market has no pool at %s: add it, or give the vault a policy without it"
              .formatted(address));
    }
    return place;
  }

  /**
   * The feed under an address.
   *
   * @throws IllegalArgumentException if the market has none there
   */
  OcrFeed feed(Address proxy) {
    OcrFeed feed = feeds.get(proxy);
    if (feed == null) {
      throw new IllegalArgumentException(
          "The market has no feed at %s: add it, or give the vault a policy without it"
              .formatted(proxy));
    }
    return feed;
  }

  /** The market as a plan under a policy sees it in a block of this time. */
  MarketView seenBy(Policy policy, long now) {
    return new Seen(this, policy, now);
  }

  /** The view of one block. */
  private record Seen(SimulatedMarket market, Policy policy, long now) implements MarketView {

    @Override
    public PoolView pool(int index) {
      Address place = policy.parts().pools().get(index).pool();
      return new SimulatedPool(market.pool(place).exact(), now);
    }

    @Override
    public Round latestRound(Address feed) {
      return market
          .feed(feed)
          .latest(now)
          .map(round -> new Round(round.answer(), round.updatedAt(), round.updatedAt()))
          .orElse(new Round(BigInteger.ZERO, 0, 0));
    }
  }
}

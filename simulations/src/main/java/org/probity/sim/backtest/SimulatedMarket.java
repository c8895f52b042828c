package org.probity.sim.backtest;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.ActionContracts;
import org.probity.intent.policy.LendingView;
import org.probity.intent.policy.MarketView;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PoolView;
import org.probity.intent.policy.VaultLedger;
import org.probity.sim.market.LendingPool;
import org.probity.sim.market.OcrFeed;
import org.probity.sim.market.V2Pair;
import org.probity.sim.market.V3Pool;
import org.probity.sim.market.V4Pool;
import org.probity.sim.scenario.Basket;
import org.probity.sim.scenario.BasketScenario;
import org.probity.sim.scenario.OtherVenue;
import org.probity.sim.scenario.PoolScenario;

/**
 * Exact pools and feeds under the addresses that policies name. Whoever else deals with them does
 * so on the pools and feeds themselves.
 */
final class SimulatedMarket {

  private static final AbiFunction POOLS = AbiFunction.parse("f() returns (address[] pools)");
  private static final AbiFunction KEYS =
      AbiFunction.parse(
          "f() returns ((address currency0, address currency1, uint24 fee, int24 tickSpacing,"
              + " uint24 protocolFee)[] pools)");
  private static final AbiFunction ID =
      AbiFunction.parse("f(address,address,uint24,int24,address)");

  private final Map<Address, Place> pools = new TreeMap<>();
  private final Map<Address, OcrFeed> feeds;
  private final Venues venues;
  private final Optional<Lending> lending;
  private final Map<Policy.Venue, VenuePath> paths = new LinkedHashMap<>();

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

  /** A pair of Uniswap v2 under its address; token0 is the lower of the two. */
  record Pair(Address pool, Address token0, Address token1, V2Pair exact) {}

  /** A pool of Uniswap v4 without hooks; currency0 is the lower of the two, zero for ether. */
  record Hookless(Address currency0, Address currency1, V4Pool exact) {

    /** What the manager calls it. */
    Bytes32 id() {
      return idOf(currency0, currency1, exact.feePips(), exact.tickSpacing());
    }
  }

  /**
   * What there is besides routes, and which contracts trade there for vaults.
   *
   * @param actions the release's; zero for one that is not there
   * @param ether the token that stands for the chain's own coin; zero for none
   */
  record Venues(ActionContracts actions, List<Pair> pairs, List<Hookless> keys, Address ether) {

    /** Nothing. */
    static final Venues NONE =
        new Venues(ActionContracts.of(Address.ZERO), List.of(), List.of(), Address.ZERO);

    Venues {
      pairs = List.copyOf(pairs);
      keys = List.copyOf(keys);
    }
  }

  /**
   * A lending market under its address, and the account that a vault has with it.
   *
   * @param reserves places of tokens in it
   */
  record Lending(Address pool, LendingPool exact, Map<Address, Integer> reserves, Address account) {

    Lending {
      reserves = Map.copyOf(reserves);
    }

    /**
     * The place of a token.
     *
     * @throws IllegalArgumentException if it is no reserve
     */
    int reserve(Address token) {
      Integer place = reserves.get(token);
      if (place == null) {
        throw new IllegalArgumentException(
            "The lending market has no reserve of %s: add it, or give the vault a policy without it"
                .formatted(token));
      }
      return place;
    }
  }

  /** The market of these pools and feeds, without venues. */
  SimulatedMarket(List<Place> pools, Map<Address, OcrFeed> feeds) {
    this(pools, feeds, Venues.NONE);
  }

  /** The market of these pools, feeds and venues, without lending. */
  SimulatedMarket(List<Place> pools, Map<Address, OcrFeed> feeds, Venues venues) {
    this(pools, feeds, venues, Optional.empty());
  }

  /** The whole market. */
  SimulatedMarket(
      List<Place> pools, Map<Address, OcrFeed> feeds, Venues venues, Optional<Lending> lending) {
    for (Place place : pools) {
      this.pools.put(place.pool, place);
    }
    this.feeds = new TreeMap<>(feeds);
    this.venues = venues;
    this.lending = lending;
  }

  /** The same with a lending market beside it. */
  SimulatedMarket with(Lending beside) {
    return new SimulatedMarket(List.copyOf(pools.values()), feeds, venues, Optional.of(beside));
  }

  /** The market of a scenario of one pool and what is beside it. */
  static SimulatedMarket of(PoolScenario scenario, Address pool, Address token0, Address token1) {
    List<Place> places =
        new ArrayList<>(List.of(new Place(pool, token0, token1, scenario.pool().exact())));
    List<Pair> pairs = new ArrayList<>();
    List<Hookless> keys = new ArrayList<>();
    for (OtherVenue venue : scenario.venues()) {
      switch (venue) {
        case OtherVenue.Pair(var exact) -> pairs.add(new Pair(Made.PAIR, token0, token1, exact));
        case OtherVenue.OfV3(var exact) ->
            places.add(new Place(Made.SIDE_POOL, token0, token1, exact));
        case OtherVenue.OfV4(var exact) -> keys.add(new Hookless(token0, token1, exact));
      }
    }
    return new SimulatedMarket(
        places, new TreeMap<>(), new Venues(Made.ACTIONS, pairs, keys, Address.ZERO));
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

  /**
   * The way of a policy's venue.
   *
   * @throws IllegalArgumentException if the market has no such action or pool
   */
  VenuePath venue(Policy.Venue venue) {
    return paths.computeIfAbsent(venue, this::path);
  }

  private VenuePath path(Policy.Venue venue) {
    return new VenuePath(hops(venue), venues.ether);
  }

  private List<VenuePath.Hop> hops(Policy.Venue venue) {
    if (venue.action().equals(venues.actions.pairs())) {
      return POOLS.decode(venue.parameters()).addresses("pools").stream()
          .map(this::pair)
          .<VenuePath.Hop>map(VenuePath.OfPair::new)
          .toList();
    }
    if (venue.action().equals(venues.actions.pools())) {
      return POOLS.decode(venue.parameters()).addresses("pools").stream()
          .map(this::pool)
          .<VenuePath.Hop>map(VenuePath.OfPool::new)
          .toList();
    }
    if (venue.action().equals(venues.actions.keys())) {
      return KEYS.decode(venue.parameters()).structs("pools").stream()
          .<VenuePath.Hop>map(key -> new VenuePath.OfKey(hookless(key), key.int32("protocolFee")))
          .toList();
    }
    throw new IllegalArgumentException(
        "The market has no action at %s: name a venue that it has".formatted(venue.action()));
  }

  private Pair pair(Address address) {
    return venues.pairs.stream()
        .filter(pair -> pair.pool.equals(address))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "The market has no pair at %s: add it, or give the vault a policy without it"
                    .formatted(address)));
  }

  private Hookless hookless(AbiValues key) {
    Bytes32 id =
        idOf(
            key.address("currency0"),
            key.address("currency1"),
            key.int32("fee"),
            key.int32("tickSpacing"));
    return venues.keys.stream()
        .filter(pool -> pool.id().equals(id))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "The market has no pool of Uniswap v4 with a fee of %s and a tick spacing of %s: add it, or give the vault a policy without it"
                    .formatted(key.int32("fee"), key.int32("tickSpacing"))));
  }

  private static Bytes32 idOf(Address currency0, Address currency1, int fee, int tickSpacing) {
    Bytes call = ID.encode(currency0, currency1, fee, tickSpacing, Address.ZERO);
    return call.slice(4, call.length()).keccak();
  }

  /**
   * A vault's account in the lending market, in a block of this time.
   *
   * @return empty of a policy without lending
   * @throws IllegalArgumentException if the market has none
   */
  Optional<SimulatedLending> lending(Policy policy, long now, Pools pools) {
    if (!policy.parts().lending().exists()) {
      return Optional.empty();
    }
    Lending there =
        lending
            .filter(one -> one.pool.equals(policy.parts().lending().pool()))
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "The market has no lending market at %s: add it, or give the vault a policy without loans"
                        .formatted(policy.parts().lending().pool())));
    return Optional.of(new SimulatedLending(policy, there, now, pools));
  }

  /** The market as a plan of a vault sees it in a block of this time. */
  MarketView seenBy(VaultLedger vault, long now) {
    return new Seen(this, vault, now);
  }

  /** The view of one block. */
  private record Seen(SimulatedMarket market, VaultLedger vault, long now) implements MarketView {

    private Policy policy() {
      return vault.policy();
    }

    @Override
    public LendingView lending() {
      return market
          .lending(policy(), now, Pools.OWN)
          .map(lending -> lending.view(vault.loans()))
          .orElse(LendingView.NONE);
    }

    @Override
    public PoolView pool(int index) {
      Address place = policy().parts().pools().get(index).pool();
      return new SimulatedPool(market.pool(place).exact(), now);
    }

    @Override
    public BigInteger venueLiquidity(int venue) {
      Policy.Venue asked = policy().parts().venues().get(venue);
      return market.venue(asked).liquidity(policy().parts().assets().get(asked.asset()).token());
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

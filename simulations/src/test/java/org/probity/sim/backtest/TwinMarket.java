package org.probity.sim.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Receipt;
import org.probity.chain.local.LocalChain;
import org.probity.intent.policy.Policy.Hop;
import org.probity.sim.market.OcrFeed;
import org.probity.sim.market.Reverted;
import org.probity.sim.market.V3Pool;

/**
 * A market twice: tokens of any decimals, Uniswap's byte code and feeds on a local chain, and their
 * twins in Java, which follow transaction by transaction in the same seconds.
 */
final class TwinMarket {

  static final BigInteger PLENTY = BigInteger.TEN.pow(45);

  private static final ContractArtifact TOKEN = ContractArtifact.load("TestToken");
  private static final ContractArtifact DRIVER = ContractArtifact.load("MarketDriver");
  private static final ContractArtifact FEED = ContractArtifact.load("RoundsFeed");
  private static final AbiFunction CREATE =
      AbiFunction.parse("createPool(address,address,uint24) returns (address)");
  private static final AbiFunction GET =
      AbiFunction.parse("getPool(address,address,uint24) returns (address pool)");
  private static final AbiFunction INITIALIZE = AbiFunction.parse("initialize(uint160)");
  private static final AbiFunction GROW =
      AbiFunction.parse("increaseObservationCardinalityNext(uint16)");
  private static final AbiFunction MINT =
      AbiFunction.parse("mint(address,int24,int24,uint128,bytes) returns (uint256,uint256)");
  private static final AbiFunction SWAP =
      AbiFunction.parse("swap(address,bool,int256,uint160,bytes) returns (int256,int256)");
  private static final AbiFunction SLOT0 =
      AbiFunction.parse(
          "slot0() returns (uint160 sqrtPriceX96, int24 tick, uint16 observationIndex,"
              + " uint16 observationCardinality, uint16 observationCardinalityNext,"
              + " uint8 feeProtocol, bool unlocked)");
  private static final int[] FEES = {500, 3_000};
  private static final int[] SPACINGS = {10, 60};
  private static final int WIDEST = 887_272;
  private static final int OBSERVATIONS = 150;
  private static final int MOST_HOPS = 3;

  /** A token; its price is that of a whole one, in thousandths of some common unit. */
  record Token(Address address, int decimals, long milliPrice) {
    BigInteger whole() {
      return BigInteger.TEN.pow(decimals);
    }
  }

  /** A pool and its twin; the driver trades in it for strangers. */
  record Pool(SimulatedMarket.Place place, Address driver, int fee, BigInteger liquidity) {
    Address address() {
      return place.pool();
    }

    V3Pool twin() {
      return place.exact();
    }
  }

  /** A feed of an asset's price in the numeraire, and its twin. */
  record Feed(Address proxy, int decimals, OcrFeed twin) {}

  final LocalChain chain;
  final Random random;
  final Address owner;
  final List<Token> tokens = new ArrayList<>();
  final List<Pool> pools = new ArrayList<>();
  final List<List<Hop>> routes = new ArrayList<>();
  final SortedMap<Integer, Feed> feeds = new TreeMap<>();

  /** What a vault here is about to hold, in units of the numeraire. */
  final BigInteger scale;

  /** Where else its assets are traded. */
  final TwinVenues venues;

  private final Address factory;
  private final BigInteger depth;
  private final int routePools;
  private long time;

  TwinMarket(LocalChain chain, TwinVenues.Exchanges exchanges, int assets, Random random) {
    this.chain = chain;
    this.random = random;
    this.factory = exchanges.v3Factory();
    this.owner = chain.account(0).address();
    for (int i = 0; i < assets; i++) {
      int decimals = random.nextInt(19);
      Address address = chain.deploy(owner, TOKEN.deployment("Token", "T", decimals));
      tokens.add(
          new Token(address, decimals, 1 + random.nextInt(100 * (1 + random.nextInt(10_000)))));
    }
    this.scale = tokens.getFirst().whole().multiply(BigInteger.valueOf(30_000));
    this.depth = scale.multiply(BigInteger.TEN.pow(2 + random.nextInt(4)));
    this.time = chain.client().head().timestamp();
    routes.add(List.of());
    for (int i = 1; i < assets; i++) {
      int over = random.nextInt(5) == 0 ? 0 : i - 1;
      while (routes.get(over).size() == MOST_HOPS) {
        over = random.nextInt(i);
      }
      List<Hop> route = new ArrayList<>();
      route.add(hop(i, over));
      route.addAll(routes.get(over));
      routes.add(route);
      if (i == 1 || random.nextBoolean()) {
        feeds.put(i, feed(i));
      }
    }
    this.routePools = pools.size();
    this.venues = new TwinVenues(this, exchanges, random);
  }

  /** The pools of the routes; the others are at venues alone. */
  List<Pool> routePools() {
    return pools.subList(0, routePools);
  }

  /** A pool of two assets that is no route's, new if there is none yet. */
  Pool otherPool(Token token0, Token token1) {
    return pools.stream()
        .skip(routePools)
        .filter(pool ->
            pool.place().token0().equals(token0.address)
                && pool.place().token1().equals(token1.address))
        .findFirst()
        .orElseGet(() -> {
          // A route has one pool of two assets at most.
          boolean taken =
              routePools().stream()
                  .anyMatch(pool ->
                      pool.fee == FEES[0]
                          && pool.place().token0().equals(token0.address)
                          && pool.place().token1().equals(token1.address));
          Pool made = pool(token0, token1, taken ? 1 : 0);
          pools.add(made);
          return made;
        });
  }

  /** A new pool between two assets. */
  private Hop hop(int near, int far) {
    Token a = tokens.get(near);
    Token b = tokens.get(far);
    boolean inverted = a.address.compareTo(b.address) > 0;
    pools.add(pool(inverted ? b : a, inverted ? a : b, random.nextInt(FEES.length)));
    return new Hop(pools.size() - 1, inverted);
  }

  private Pool pool(Token token0, Token token1, int kind) {
    at(time + 1, owner, Call.of(factory, CREATE, token0.address, token1.address, FEES[kind]));
    Address address =
        chain
            .client()
            .call(factory, GET, token0.address, token1.address, FEES[kind])
            .address("pool");
    V3Pool twin = new V3Pool(FEES[kind], SPACINGS[kind]);
    BigInteger sqrtPriceX96 = sqrtPriceX96(token0, token1);
    at(time + 1, owner, Call.of(address, INITIALIZE, sqrtPriceX96));
    twin.initialize(time, sqrtPriceX96);
    at(time + 1, owner, Call.of(address, GROW, OBSERVATIONS));
    twin.increaseObservationCardinalityNext(OBSERVATIONS);
    Address driver = chain.deploy(owner, DRIVER.deployment());
    time = chain.client().head().timestamp();
    for (Token token : List.of(token0, token1)) {
      at(time + 1, owner, mint(token, driver));
    }
    at(time + 1, owner, Call.of(driver, DRIVER.function("trade"), token0.address, token1.address));
    BigInteger liquidity = liquidity(token1, sqrtPriceX96);
    int widest = WIDEST / SPACINGS[kind] * SPACINGS[kind];
    driven(address, driver, time + 1, MINT.encode(driver, -widest, widest, liquidity, Bytes.EMPTY));
    twin.mint(time, "market", -widest, widest, liquidity);
    return new Pool(
        new SimulatedMarket.Place(address, token0.address, token1.address, twin),
        driver,
        FEES[kind],
        liquidity);
  }

  /** The square root price of two tokens by their prices. */
  BigInteger sqrtPriceX96(Token token0, Token token1) {
    BigInteger units1 = token1.whole().multiply(BigInteger.valueOf(token0.milliPrice));
    BigInteger units0 = token0.whole().multiply(BigInteger.valueOf(token1.milliPrice));
    return units1.shiftLeft(192).divide(units0).sqrt();
  }

  /** What a deep pool has of a token. */
  BigInteger deep(Token token) {
    Token numeraire = tokens.getFirst();
    return depth
        .multiply(BigInteger.valueOf(numeraire.milliPrice))
        .multiply(token.whole())
        .divide(numeraire.whole().multiply(BigInteger.valueOf(token.milliPrice)));
  }

  /** The liquidity of a deep pool. */
  BigInteger liquidity(Token token1, BigInteger sqrtPriceX96) {
    return deep(token1).shiftLeft(96).divide(sqrtPriceX96).max(BigInteger.valueOf(100_000));
  }

  Call mint(Token token, Address to) {
    return mint(token.address, to, PLENTY);
  }

  Call mint(Address token, Address to, BigInteger amount) {
    return Call.of(token, AbiFunction.parse("mint(address,uint256)"), to, amount);
  }

  private Feed feed(int asset) {
    int decimals = 12 + random.nextInt(7);
    Address proxy = chain.deploy(owner, FEED.deployment(decimals));
    time = chain.client().head().timestamp();
    Feed made = new Feed(proxy, decimals, new OcrFeed(new OcrFeed.Terms(decimals, 50, 3_600, 0)));
    feeds.put(asset, made);
    answer(asset, time + 1);
    return made;
  }

  Feed feedOf(int asset) {
    return Objects.requireNonNull(feeds.get(asset));
  }

  // ---- what happens ----

  /** Seconds of Unix time of the newest block. */
  long now() {
    return time;
  }

  /** Has a call in a block of this time, or of the next second that there can be one. */
  Receipt at(long when, Address from, Call call) {
    time = Math.max(time + 1, when);
    chain.setNextBlockTimestamp(time);
    return chain.execute(from, call);
  }

  /** An empty block. */
  void pass(long when) {
    time = Math.max(time + 1, when);
    chain.mineAt(time);
  }

  private void driven(Address pool, Address driver, long when, Bytes call) {
    at(
        when,
        owner,
        Call.of(
            driver, DRIVER.function("run"), List.of(pool), List.of(call), List.of(), List.of()));
  }

  /** Somebody swaps about this part of what a pool holds. */
  void swap(Pool pool, boolean zeroForOne, double part, long when) {
    V3Pool twin = pool.twin();
    BigInteger root = twin.sqrtPriceX96();
    BigInteger reserve =
        zeroForOne
            ? pool.liquidity.shiftLeft(96).divide(root)
            : pool.liquidity.multiply(root).shiftRight(96);
    BigInteger amount =
        reserve
            .multiply(BigInteger.valueOf((long) (part * 1e9)))
            .divide(BigInteger.valueOf(1_000_000_000))
            .max(BigInteger.ONE);
    BigInteger limit = zeroForOne ? V3Pool.LEAST_LIMIT : V3Pool.GREATEST_LIMIT;
    driven(
        pool.address(),
        pool.driver,
        when,
        SWAP.encode(pool.driver, zeroForOne, amount, limit, Bytes.EMPTY));
    try {
      twin.swap(time, zeroForOne, amount, limit);
    } catch (Reverted e) {
      // The driver goes on where the pool reverts; whether both did is compared below.
    }
  }

  /** A feed tells about its asset's price, some basis points off. */
  void answer(int asset, long when) {
    Feed feed = feedOf(asset);
    BigInteger answer =
        BigInteger.valueOf(tokens.get(asset).milliPrice)
            .multiply(BigInteger.TEN.pow(feed.decimals))
            .multiply(BigInteger.valueOf(10_000 + random.nextInt(40) - 20))
            .divide(BigInteger.valueOf(tokens.getFirst().milliPrice))
            .divide(BigInteger.valueOf(10_000));
    at(when, owner, Call.of(feed.proxy, FEED.function("transmit"), answer));
    feed.twin.transmit(time, answer);
  }

  /** A while in which strangers trade and feeds answer. */
  void trade(int seconds) {
    long end = time + seconds;
    while (time < end) {
      long next = time + 10 + random.nextInt(60);
      if (random.nextInt(6) == 0) {
        List<Integer> told = List.copyOf(feeds.keySet());
        answer(told.get(random.nextInt(told.size())), next);
      } else if (random.nextInt(5) == 0) {
        venues.trade(0.001 * random.nextDouble());
      } else {
        Pool pool = pools.get(random.nextInt(pools.size()));
        swap(pool, random.nextBoolean(), 0.001 * random.nextDouble(), next);
      }
    }
  }

  /** Every feed that has said nothing for half an hour answers. */
  void refreshFeeds() {
    feeds.forEach((asset, feed) -> {
      if (feed.twin.latest(time).orElseThrow().updatedAt() < time - 1_800) {
        answer(asset, time + 1);
      }
    });
  }

  /** The Java half. */
  SimulatedMarket simulated() {
    Map<Address, OcrFeed> twins = new HashMap<>();
    feeds.values().forEach(feed -> twins.put(feed.proxy, feed.twin));
    return new SimulatedMarket(pools.stream().map(Pool::place).toList(), twins, venues.simulated());
  }

  /** Both halves' prices and rings stand at the same place. */
  void compare(String when) {
    venues.compare(when);
    for (Pool pool : pools) {
      AbiValues slot0 = chain.client().call(pool.address(), SLOT0);
      V3Pool twin = pool.twin();
      assertThat(
              List.of(
                  twin.sqrtPriceX96(),
                  twin.tick(),
                  twin.observationIndex(),
                  twin.observationCardinality()))
          .as("pool %s %s", pool.address(), when)
          .isEqualTo(
              List.of(
                  slot0.integer("sqrtPriceX96"),
                  slot0.int32("tick"),
                  slot0.int32("observationIndex"),
                  slot0.int32("observationCardinality")));
    }
  }
}

package org.probity.sim.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.chain.local.LocalChain;
import org.probity.intent.policy.ActionContracts;
import org.probity.intent.policy.Policy;
import org.probity.sim.backtest.SimulatedMarket.Hookless;
import org.probity.sim.backtest.SimulatedMarket.Pair;
import org.probity.sim.market.Amounts;
import org.probity.sim.market.Reverted;
import org.probity.sim.market.V2Pair;
import org.probity.sim.market.V4Market;
import org.probity.sim.market.V4Pool;

/**
 * Where else a twin market's assets are traded, twice: pairs of Uniswap v2, pools of v4 and other
 * pools of v3 on the chain, with the actions that trade there, and their twins in Java.
 */
final class TwinVenues {

  /**
   * What all markets of a chain share.
   *
   * @param v4 the manager of all pools of v4
   */
  record Exchanges(Address v3Factory, Address v2Factory, V4Market v4, ActionContracts actions) {

    static Exchanges on(LocalChain chain) {
      Address deployer = chain.account(0).address();
      Address v3 = deployed(chain, "UniswapV3Factory");
      Address v2 = deployed(chain, "UniswapV2Factory", deployer);
      V4Market v4 = new V4Market(chain, deployer);
      return new Exchanges(
          v3,
          v2,
          v4,
          new ActionContracts(
              deployed(chain, "UniswapV3Action"),
              deployed(chain, "UniswapV3PathAction", v3),
              deployed(chain, "UniswapV2Action", v2, V2Pair.FEE_PIPS),
              deployed(chain, "UniswapV4Action", v4.manager, Address.ZERO),
              Address.ZERO));
    }

    private static Address deployed(LocalChain chain, String name, Object... arguments) {
      return chain.deploy(
          chain.account(0).address(), ContractArtifact.load(name).deployment(arguments));
    }
  }

  private static final AbiFunction CREATE_PAIR =
      AbiFunction.parse("createPair(address,address) returns (address)");
  private static final AbiFunction GET_PAIR =
      AbiFunction.parse("getPair(address,address) returns (address pair)");
  private static final AbiFunction MINT_SHARES =
      AbiFunction.parse("mint(address) returns (uint256)");
  private static final AbiFunction SWAP_PAIR =
      AbiFunction.parse("swap(uint256,uint256,address,bytes)");
  private static final AbiFunction RESERVES =
      AbiFunction.parse(
          "getReserves() returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast)");
  private static final AbiFunction INITIALIZE =
      AbiFunction.parse(
          "initialize((address,address,uint24,int24,address),uint160) returns (int24)");
  private static final AbiFunction SET_PROTOCOL_FEE =
      AbiFunction.parse("setProtocolFee((address,address,uint24,int24,address),uint24)");
  private static final AbiFunction POOLS = AbiFunction.parse("f() returns (address[])");
  private static final AbiFunction KEYS =
      AbiFunction.parse("f() returns ((address,address,uint24,int24,uint24)[])");
  private static final int[][] KINDS = {{500, 10}, {3_000, 60}, {100, 1}};
  private static final int WIDEST = 887_272;
  private static final int MOST_RESERVE_BITS = 108;

  private final TwinMarket market;
  private final Exchanges exchanges;
  private final Random random;
  private final List<Pair> pairs = new ArrayList<>();
  private final List<Hookless> keys = new ArrayList<>();

  /** The policy's, as they are validated. */
  final List<Policy.Venue> venues = new ArrayList<>();

  TwinVenues(TwinMarket market, Exchanges exchanges, Random random) {
    this.market = market;
    this.exchanges = exchanges;
    this.random = random;
    for (int asset = 1; asset < market.tokens.size(); asset++) {
      for (int i = random.nextInt(3); i >= 0; i--) {
        int over = 1 + random.nextInt(market.tokens.size() - 1);
        List<Integer> way =
            over == asset || random.nextBoolean() ? List.of(asset, 0) : List.of(asset, over, 0);
        Policy.Venue venue =
            switch (random.nextInt(3)) {
              case 0 -> overPairs(way);
              case 1 -> overKeys(way);
              default -> overPools(way);
            };
        if (!venues.contains(venue)) {
          venues.add(venue);
        }
      }
    }
  }

  ActionContracts actions() {
    return exchanges.actions;
  }

  /** Which action trades at a venue. */
  String nameOf(int venue) {
    Address action = venues.get(venue).action();
    return action.equals(exchanges.actions.pairs())
        ? "UniswapV2Action"
        : action.equals(exchanges.actions.keys()) ? "UniswapV4Action" : "UniswapV3PathAction";
  }

  /** What the policy asks of each: half of what is there now, and a quarter to count on. */
  List<Policy.PoolLimits> limits() {
    SimulatedMarket simulated = market.simulated();
    return venues.stream()
        .map(venue -> simulated.venue(venue).liquidity(market.tokens.get(venue.asset()).address()))
        .map(there -> new Policy.PoolLimits(there.shiftRight(1), there.shiftRight(2)))
        .toList();
  }

  /** Any choice of places that the policy allows. */
  List<Integer> anyChoice() {
    List<Integer> choices = new ArrayList<>();
    for (int asset = 1; asset < market.tokens.size(); asset++) {
      int own = asset;
      List<Integer> all = new ArrayList<>(List.of(0));
      for (int i = 0; i < venues.size(); i++) {
        if (venues.get(i).asset() == own) {
          all.add(i + 1);
        }
      }
      choices.add(all.get(random.nextInt(all.size())));
    }
    return choices;
  }

  /** The Java half. */
  SimulatedMarket.Venues simulated() {
    return new SimulatedMarket.Venues(exchanges.actions, pairs, keys, Address.ZERO);
  }

  // ---- pairs ----

  private Policy.Venue overPairs(List<Integer> way) {
    List<Object> addresses = new ArrayList<>();
    for (int i = 1; i < way.size(); i++) {
      addresses.add(pair(way.get(i - 1), way.get(i)).pool());
    }
    return new Policy.Venue(
        way.getFirst(),
        exchanges.actions.pairs(),
        V2Pair.FEE_PIPS * addresses.size(),
        POOLS.encodeReturn(addresses));
  }

  private Pair pair(int near, int far) {
    Sides sides = sides(near, far);
    return pairs.stream()
        .filter(pair -> sides.are(pair.token0(), pair.token1()))
        .findFirst()
        .orElseGet(() -> newPair(sides));
  }

  private Pair newPair(Sides sides) {
    Address factory = exchanges.v2Factory;
    market.at(
        market.now() + 1,
        market.owner,
        Call.of(factory, CREATE_PAIR, sides.token0.address(), sides.token1.address()));
    Address address =
        market
            .chain
            .client()
            .call(factory, GET_PAIR, sides.token0.address(), sides.token1.address())
            .address("pair");
    Pair made =
        new Pair(
            address, sides.token0.address(), sides.token1.address(), new V2Pair(address.hex()));
    BigInteger amount0 = market.deep(sides.token0);
    BigInteger amount1 = market.deep(sides.token1);
    int narrower = Math.max(0, amount0.max(amount1).bitLength() - MOST_RESERVE_BITS);
    give(made, amount0.shiftRight(narrower), amount1.shiftRight(narrower));
    market.at(market.now() + 1, market.owner, Call.of(address, MINT_SHARES, market.owner));
    made.exact().mint(market.now(), "market");
    pairs.add(made);
    return made;
  }

  private void give(Pair pair, BigInteger amount0, BigInteger amount1) {
    if (amount0.signum() > 0) {
      market.at(market.now() + 1, market.owner, market.mint(pair.token0(), pair.pool(), amount0));
    }
    if (amount1.signum() > 0) {
      market.at(market.now() + 1, market.owner, market.mint(pair.token1(), pair.pool(), amount1));
    }
    pair.exact().deposit(amount0, amount1);
  }

  private void swap(Pair pair, boolean zeroForOne, double part) {
    V2Pair.State state = pair.exact().state();
    BigInteger in = zeroForOne ? state.reserve0() : state.reserve1();
    BigInteger amount = part(in, part);
    BigInteger out;
    try {
      out = V2Pair.amountOut(amount, in, zeroForOne ? state.reserve1() : state.reserve0());
    } catch (Reverted e) {
      return;
    }
    if (out.signum() == 0) {
      return;
    }
    give(pair, zeroForOne ? amount : BigInteger.ZERO, zeroForOne ? BigInteger.ZERO : amount);
    BigInteger out0 = zeroForOne ? BigInteger.ZERO : out;
    BigInteger out1 = zeroForOne ? out : BigInteger.ZERO;
    market.at(
        market.now() + 1,
        market.owner,
        Call.of(pair.pool(), SWAP_PAIR, out0, out1, market.owner, Bytes.EMPTY));
    pair.exact().swap(market.now(), out0, out1);
  }

  // ---- pools of v4 ----

  private Policy.Venue overKeys(List<Integer> way) {
    List<Object> path = new ArrayList<>();
    int fee = 0;
    for (int i = 1; i < way.size(); i++) {
      Hookless pool = key(way.get(i - 1), way.get(i));
      V4Pool exact = pool.exact();
      path.add(
          List.of(
              pool.currency0(),
              pool.currency1(),
              exact.feePips(),
              exact.tickSpacing(),
              exact.protocolFee()));
      fee += Math.max(exact.swapFeePips(true), exact.swapFeePips(false));
    }
    return new Policy.Venue(way.getFirst(), exchanges.actions.keys(), fee, KEYS.encodeReturn(path));
  }

  private Hookless key(int near, int far) {
    Sides sides = sides(near, far);
    return keys.stream()
        .filter(pool -> sides.are(pool.currency0(), pool.currency1()))
        .findFirst()
        .orElseGet(() -> newKey(sides));
  }

  private Hookless newKey(Sides sides) {
    int[] kind = KINDS[random.nextInt(KINDS.length)];
    V4Market.Key key =
        new V4Market.Key(sides.token0.address(), sides.token1.address(), kind[0], kind[1]);
    BigInteger root = market.sqrtPriceX96(sides.token0, sides.token1);
    call(exchanges.v4.manager, INITIALIZE, key.abi(), root);
    V4Pool twin = new V4Pool(kind[0], kind[1], root);
    if (random.nextBoolean()) {
      int zeroForOne = random.nextInt(1_001);
      int oneForZero = random.nextInt(1_001);
      call(
          exchanges.v4.manager,
          SET_PROTOCOL_FEE,
          key.abi(),
          BigInteger.valueOf(zeroForOne + (oneForZero << 12)));
      twin.setProtocolFee(zeroForOne, oneForZero);
    }
    for (TwinMarket.Token token : List.of(sides.token0, sides.token1)) {
      market.at(market.now() + 1, market.owner, market.mint(token, exchanges.v4.driver));
    }
    int widest = WIDEST / kind[1] * kind[1];
    BigInteger liquidity = market.liquidity(sides.token1, root);
    call(
        exchanges.v4.driver,
        V4Market.PROVIDE,
        key.abi(),
        BigInteger.valueOf(-widest),
        BigInteger.valueOf(widest),
        liquidity);
    twin.modifyLiquidity("market", -widest, widest, liquidity);
    Hookless made = new Hookless(sides.token0.address(), sides.token1.address(), twin);
    keys.add(made);
    return made;
  }

  private void call(Address to, AbiFunction function, Object... arguments) {
    market.at(market.now() + 1, market.owner, Call.of(to, function, arguments));
  }

  private void swap(Hookless pool, boolean zeroForOne, double part) {
    V4Pool twin = pool.exact();
    BigInteger root = twin.sqrtPriceX96();
    BigInteger reserve =
        zeroForOne
            ? twin.liquidity().shiftLeft(96).divide(root)
            : twin.liquidity().multiply(root).shiftRight(96);
    BigInteger amount = part(reserve, part);
    Amounts quote;
    try {
      quote =
          twin.quote(zeroForOne, amount, zeroForOne ? V4Pool.LEAST_LIMIT : V4Pool.GREATEST_LIMIT);
    } catch (Reverted e) {
      return;
    }
    if (quote.amount0().signum() == 0 || quote.amount1().signum() == 0) {
      return;
    }
    call(
        exchanges.v4.driver,
        V4Market.SWAP,
        keyOf(pool).abi(),
        zeroForOne,
        amount.negate(),
        BigInteger.ZERO);
    twin.swap(zeroForOne, amount, zeroForOne ? V4Pool.LEAST_LIMIT : V4Pool.GREATEST_LIMIT);
  }

  private static V4Market.Key keyOf(Hookless pool) {
    return new V4Market.Key(
        pool.currency0(), pool.currency1(), pool.exact().feePips(), pool.exact().tickSpacing());
  }

  // ---- other pools of v3 ----

  private Policy.Venue overPools(List<Integer> way) {
    List<Object> addresses = new ArrayList<>();
    int fee = 0;
    for (int i = 1; i < way.size(); i++) {
      Sides sides = sides(way.get(i - 1), way.get(i));
      TwinMarket.Pool pool = market.otherPool(sides.token0, sides.token1);
      addresses.add(pool.address());
      fee += pool.fee();
    }
    return new Policy.Venue(
        way.getFirst(), exchanges.actions.pools(), fee, POOLS.encodeReturn(addresses));
  }

  // ---- all ----

  private record Sides(TwinMarket.Token token0, TwinMarket.Token token1) {
    boolean are(Address first, Address second) {
      return token0.address().equals(first) && token1.address().equals(second);
    }
  }

  private Sides sides(int near, int far) {
    TwinMarket.Token a = market.tokens.get(near);
    TwinMarket.Token b = market.tokens.get(far);
    return a.address().compareTo(b.address()) < 0 ? new Sides(a, b) : new Sides(b, a);
  }

  private static BigInteger part(BigInteger whole, double part) {
    return whole
        .multiply(BigInteger.valueOf((long) (part * 1e9)))
        .divide(BigInteger.valueOf(1_000_000_000))
        .max(BigInteger.ONE);
  }

  /** Somebody swaps about this part of what one of the places holds. */
  void trade(double part) {
    int which = random.nextInt(Math.max(1, pairs.size() + keys.size()));
    if (which < pairs.size()) {
      swap(pairs.get(which), random.nextBoolean(), part);
    } else if (which - pairs.size() < keys.size()) {
      swap(keys.get(which - pairs.size()), random.nextBoolean(), part);
    }
  }

  /** Both halves stand at the same place. */
  void compare(String when) {
    for (Pair pair : pairs) {
      AbiValues told = market.chain.client().call(pair.pool(), RESERVES);
      V2Pair.State mine = pair.exact().state();
      assertThat(List.of(mine.reserve0(), mine.reserve1()))
          .as("pair %s %s", pair.pool(), when)
          .isEqualTo(List.of(told.integer("reserve0"), told.integer("reserve1")));
    }
    for (Hookless pool : keys) {
      AbiValues told =
          market
              .chain
              .client()
              .call(exchanges.v4.driver, V4Market.STATE, new Object[] {keyOf(pool).abi()});
      V4Pool mine = pool.exact();
      assertThat(told.subList(0, 2))
          .as("pool of v4, %s", when)
          .isEqualTo(List.of(mine.sqrtPriceX96(), BigInteger.valueOf(mine.tick())));
    }
  }
}

package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.chain.local.LocalChain;
import org.probity.intent.policy.Policy.Feed;
import org.probity.intent.policy.Policy.Hop;

/**
 * A market of random shape on a local chain: two to eight tokens of any decimals, Uniswap's pools
 * between them so that each leads to the numeraire over one to three, and feeds that say what they
 * are told.
 */
final class PolicyWorld {

  private static final ContractArtifact TOKEN = ContractArtifact.load("TestToken");
  private static final ContractArtifact SEARCHER = ContractArtifact.load("Searcher");
  private static final ContractArtifact FEED = ContractArtifact.load("FeedDouble");
  private static final AbiFunction CREATE =
      AbiFunction.parse("createPool(address,address,uint24) returns (address)");
  private static final AbiFunction GET =
      AbiFunction.parse("getPool(address,address,uint24) returns (address pool)");
  private static final AbiFunction INITIALIZE = AbiFunction.parse("initialize(uint160)");
  private static final AbiFunction GROW =
      AbiFunction.parse("increaseObservationCardinalityNext(uint16)");
  private static final int[] FEES = {500, 3000, 10_000};
  private static final int[] SPACINGS = {10, 60, 200};
  private static final int WIDEST = 887_272;

  /** A token; its price is that of a whole one, in thousandths of some common unit. */
  record Token(Address address, int decimals, long milliPrice) {
    BigInteger whole() {
      return BigInteger.TEN.pow(decimals);
    }
  }

  /** A pool, and what it began with. */
  record Pool(
      Address place,
      int fee,
      int spacing,
      Token token0,
      Token token1,
      Address searcher,
      BigInteger liquidity,
      BigInteger sqrtPriceX96) {}

  final LocalChain chain;
  final Random random;
  final Address owner;
  final Address factory;
  final List<Token> tokens = new ArrayList<>();
  final List<Pool> pools = new ArrayList<>();
  final List<List<Hop>> routes = new ArrayList<>();
  final List<Integer> seconds = new ArrayList<>();
  final List<Feed> feeds = new ArrayList<>();

  /** What a vault here is about to hold, in units of the numeraire. */
  final BigInteger scale;

  private final BigInteger depth;
  private final boolean tame;
  private final boolean chained;

  /**
   * Makes a market.
   *
   * @param tame whether each pool is one that the rules of policies take
   * @param chained whether assets lead to the numeraire over one another
   */
  PolicyWorld(
      LocalChain chain, Address factory, int assets, boolean tame, boolean chained, Random random) {
    this.tame = tame;
    this.chained = chained;
    this.chain = chain;
    this.random = random;
    this.owner = chain.account(0).address();
    this.factory = factory;
    for (int i = 0; i < assets; i++) {
      tokens.add(token());
    }
    this.scale = tokens.getFirst().whole().multiply(BigInteger.valueOf(30_000));
    this.depth = scale.multiply(BigInteger.TEN.pow(2 + random.nextInt(4)));
    routes.add(List.of());
    seconds.add(0);
    feeds.add(feed(0));
    for (int i = 1; i < assets; i++) {
      routes.add(route(i));
      seconds.add(random.nextInt(4) == 0 && pools.size() < PolicyBounds.POOLS ? second(i) : 0);
      feeds.add(random.nextInt(3) == 0 ? feed(i) : Feed.NONE);
    }
  }

  private Token token() {
    int decimals = random.nextInt(19);
    Address address = deploy(TOKEN, "Token", "T", decimals);
    return new Token(address, decimals, 1 + random.nextInt(100 * (1 + random.nextInt(10_000))));
  }

  /** Over one pool, or on from another asset's route. */
  private List<Hop> route(int asset) {
    int over = chained ? asset - 1 : random.nextInt(3) == 0 ? 0 : random.nextInt(asset);
    while (routes.get(over).size() == PolicyBounds.HOPS) {
      over = random.nextInt(asset);
    }
    List<Hop> route = new ArrayList<>();
    route.add(hop(asset, over));
    route.addAll(routes.get(over));
    return route;
  }

  private int second(int asset) {
    int before = pools.size();
    hop(asset, 0);
    return before + 1;
  }

  /** A new pool between two assets. */
  private Hop hop(int near, int far) {
    Token a = tokens.get(near);
    Token b = tokens.get(far);
    int kind = random.nextInt(tame || chained ? 2 : 3);
    while (!found(a, b, FEES[kind]).equals(Address.ZERO)) {
      kind = (kind + 1) % FEES.length;
    }
    boolean inverted = a.address.compareTo(b.address) > 0;
    pools.add(pool(inverted ? b : a, inverted ? a : b, kind));
    return new Hop(pools.size() - 1, inverted);
  }

  private Address found(Token a, Token b, int fee) {
    return chain.client().call(factory, GET, a.address, b.address, fee).address("pool");
  }

  private Pool pool(Token token0, Token token1, int kind) {
    int fee = FEES[kind];
    execute(Call.of(factory, CREATE, token0.address, token1.address, fee));
    Address place = found(token0, token1, fee);
    BigInteger units1 = token1.whole().multiply(BigInteger.valueOf(token0.milliPrice));
    BigInteger units0 = token0.whole().multiply(BigInteger.valueOf(token1.milliPrice));
    BigInteger sqrtPriceX96 = units1.shiftLeft(192).divide(units0).sqrt();
    execute(Call.of(place, INITIALIZE, sqrtPriceX96));
    int places =
        !tame && random.nextInt(30) == 0
            ? 1 + random.nextInt(3)
            : 25 + random.nextInt(tame ? 10 : 30);
    execute(Call.of(place, GROW, places));
    Address searcher = deploy(SEARCHER, place);
    Token numeraire = tokens.getFirst();
    BigInteger amount1 =
        depth
            .multiply(BigInteger.valueOf(numeraire.milliPrice))
            .multiply(token1.whole())
            .divide(numeraire.whole().multiply(BigInteger.valueOf(token1.milliPrice)));
    BigInteger liquidity =
        amount1.shiftLeft(96).divide(sqrtPriceX96).max(BigInteger.valueOf(100_000));
    Pool made =
        new Pool(place, fee, SPACINGS[kind], token0, token1, searcher, liquidity, sqrtPriceX96);
    provide(made, liquidity);
    return made;
  }

  private Feed feed(int asset) {
    int decimals = 6 + random.nextInt(13);
    Address proxy = deploy(FEED, decimals);
    Feed made =
        new Feed(
            proxy,
            decimals,
            3600,
            BigInteger.ONE,
            BigInteger.valueOf(tokens.get(asset).milliPrice)
                .multiply(BigInteger.TEN.pow(decimals)));
    return made;
  }

  // ---- what happens ----

  void provide(Pool pool, BigInteger liquidity) {
    int widest = WIDEST / pool.spacing * pool.spacing;
    execute(Call.of(pool.searcher, SEARCHER.function("provide"), -widest, widest, liquidity));
  }

  void depart(Pool pool, BigInteger liquidity) {
    int widest = WIDEST / pool.spacing * pool.spacing;
    execute(Call.of(pool.searcher, SEARCHER.function("depart"), -widest, widest, liquidity));
  }

  /** Swaps about this part of what the pool holds. */
  void swap(Pool pool, boolean zeroForOne, double part) {
    BigInteger reserve =
        zeroForOne
            ? pool.liquidity.shiftLeft(96).divide(pool.sqrtPriceX96)
            : pool.liquidity.multiply(pool.sqrtPriceX96).shiftRight(96);
    BigInteger amount =
        reserve
            .multiply(BigInteger.valueOf((long) (part * 1e9)))
            .divide(BigInteger.valueOf(1_000_000_000))
            .max(BigInteger.ONE);
    execute(Call.of(pool.searcher, SEARCHER.function("swap"), zeroForOne, amount));
  }

  /** Lets a feed say something. */
  void tell(Address feed, BigInteger answer, long startedAt, long updatedAt) {
    execute(Call.of(feed, FEED.function("tell"), answer, startedAt, updatedAt));
  }

  /** Lets an asset's feed say about its price, so many basis points off. */
  void tellPrice(int asset, int offBps, long updatedAt) {
    Feed feed = feeds.get(asset);
    BigInteger answer =
        BigInteger.valueOf(tokens.get(asset).milliPrice)
            .multiply(BigInteger.TEN.pow(feed.decimals()))
            .multiply(BigInteger.valueOf(10_000 + offBps))
            .divide(BigInteger.valueOf(10_000_000));
    tell(feed.proxy(), answer, 0, updatedAt);
  }

  /** The market after the newest block, as far back as random plans look. */
  ChainMarket market(Policy policy, Optional<Address> sequencer) {
    return ChainMarket.read(chain.client(), policy, sequencer, BlockTag.LATEST, 0);
  }

  long now() {
    return chain.client().head().timestamp();
  }

  void execute(Call call) {
    chain.execute(owner, call);
  }

  private Address deploy(ContractArtifact contract, Object... arguments) {
    return chain.deploy(owner, contract.deployment(arguments));
  }

  /** Puts a policy where an engine reads it: as code, behind a STOP. */
  static Address store(LocalChain chain, Policy policy, int number) {
    Address place = new Address("0x%040x".formatted(0xb10b_0000L + number));
    chain.setCode(place, Bytes.of(new byte[1]).concat(Bytes.of(policy.encoded())));
    return place;
  }
}

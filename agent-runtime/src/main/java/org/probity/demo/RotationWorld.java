package org.probity.demo;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.TransactionSender;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalFeed;
import org.probity.chain.local.LocalMarket;
import org.probity.chain.local.LocalMarket.Token;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.settings.PolicySettings;
import org.probity.settings.PolicySettings.PoolFacts;
import org.probity.settings.PolicySettings.TokenFacts;
import org.probity.settings.Settings;
import org.probity.strategy.StrategyBundle;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.zk.Srs;

/**
 * The market of {@code examples/backtest-rotation.conf} on a chain: ether against dollars, bitcoin
 * against ether, and a Chainlink feed of bitcoin's price in dollars. A trade of bitcoin goes
 * through both pools.
 */
public final class RotationWorld implements World {

  private static final String POLICY = "demo-rotation.conf";
  private static final BigDecimal BITCOIN_IN_ETHER = BigDecimal.valueOf(24);
  private static final long ETHER_DEPTH = 60_000;
  private static final long BITCOIN_DEPTH = 2_500;
  private static final int OBSERVATIONS = 600;

  /** A trade a minute in each pool: the longest horizon, which is the feed's, and some more. */
  private static final int HISTORY_MINUTES =
      ExampleStrategies.ROTATION_PROGRAM.historySeconds() / 60 + 15;

  /**
   * The vault's prices are means of minutes and the feed is half a percent late: with all of a
   * path's moves they would lie further apart than the policy bears.
   */
  private static final double SHARE_OF_MOVES = 0.4;

  private static final int FEED_DECIMALS = 8;
  private static final double THRESHOLD_TICKS = 50;
  private static final long HEARTBEAT = 3_600;
  private static final long DELAY = 12;

  private final DemoWorld ground;
  private final Token wbtc;
  private final UniswapPool wbtcWeth;
  private final LocalFeed feed;
  private final BackgroundTrader ether;
  private final BackgroundTrader bitcoin;

  private int rounds;
  private double answeredTick;
  private long answeredAt;

  private RotationWorld(DemoWorld ground, long seed) {
    this.ground = ground;
    LocalMarket market = ground.market();
    this.wbtc = market.token("Test bitcoin", "WBTC", 8);
    this.wbtcWeth =
        market.open(
            wbtc,
            market.weth(),
            new LocalMarket.Settings(BITCOIN_IN_ETHER, BITCOIN_DEPTH, OBSERVATIONS));
    this.feed = new LocalFeed(ground.chain(), FEED_DECIMALS);
    this.ether = new BackgroundTrader(market.pool(), market.weth().address(), seed, SHARE_OF_MOVES);
    this.bitcoin = new BackgroundTrader(wbtcWeth, wbtc.address(), ~seed, SHARE_OF_MOVES);
  }

  /** Starts a chain and the market on it. */
  public static RotationWorld open(OptionalInt port, long seed) {
    DemoWorld ground = DemoWorld.open(port, seed, ETHER_DEPTH);
    try {
      return new RotationWorld(ground, seed);
    } catch (RuntimeException e) {
      ground.close();
      throw e;
    }
  }

  @Override
  public LocalChain chain() {
    return ground.chain();
  }

  @Override
  public TransactionSender agent() {
    return ground.agent();
  }

  @Override
  public List<Token> assets() {
    return List.of(ground.market().usd(), ground.market().weth(), wbtc);
  }

  @Override
  public List<BigDecimal> prices(BlockTag at) {
    BigDecimal inDollars = ground.market().price(at);
    BigDecimal inEther = LocalMarket.price(wbtcWeth, wbtc, ground.market().weth(), at);
    return List.of(inDollars, inEther.multiply(inDollars));
  }

  @Override
  public int makeHistory() {
    trade(ground.nextMinute(), HISTORY_MINUTES);
    return 2 * HISTORY_MINUTES;
  }

  @Override
  public void nextHead() {
    ground.nextHead(this::trade);
  }

  /** A trade a minute in each pool, and the feed's answers between them. */
  private void trade(long first, int minutes) {
    double[] etherTicks = ether.walk(minutes);
    double[] bitcoinTicks = bitcoin.walk(minutes);
    List<LocalMarket.Trade> ofEther = ether.trades(first, etherTicks);
    List<LocalMarket.Trade> ofBitcoin = bitcoin.trades(first, bitcoinTicks);
    List<LocalMarket.Trade> waiting = new ArrayList<>();
    for (int i = 0; i < minutes; i++) {
      waiting.add(ofEther.get(i));
      waiting.add(ofBitcoin.get(i));
      double tick = etherTicks[i] + bitcoinTicks[i];
      long time = first + 60L * i;
      if (rounds == 0
          || Math.abs(tick - answeredTick) >= THRESHOLD_TICKS
          || time - answeredAt >= HEARTBEAT) {
        ground.market().replay(waiting);
        waiting.clear();
        answer(time, tick);
      }
    }
    ground.market().replay(waiting);
  }

  private void answer(long time, double tick) {
    BigDecimal price = BigDecimal.valueOf(StrictMath.pow(1.0001, tick));
    int decimals = wbtc.decimals() - ground.market().usd().decimals();
    rounds++;
    feed.answer(
        time + DELAY,
        rounds,
        price
            .movePointRight(decimals + FEED_DECIMALS)
            .setScale(0, RoundingMode.HALF_EVEN)
            .toBigIntegerExact());
    answeredTick = tick;
    answeredAt = time;
  }

  /** What the feed says of bitcoin, in dollars. */
  BigDecimal answer() {
    return new BigDecimal(feed.latestAnswer()).movePointLeft(FEED_DECIMALS);
  }

  @Override
  public DemoWorld.Deployed deploy(StrategyBundle strategy, Srs srs) {
    PolicySettings written = written();
    PolicySettings.Facts facts = facts(written);
    LocalMarket market = ground.market();
    return ground.deploy(
        strategy,
        srs,
        (foundation, sources, key, keyAt) ->
            written.policy(
                facts,
                new PolicySettings.Contracts(key.digest(), keyAt, sources, foundation.actions())),
        List.of(
            new DemoWorld.Deposit(market.usd(), market.usd().units(50_000)),
            new DemoWorld.Deposit(market.weth(), market.weth().units(12)),
            new DemoWorld.Deposit(wbtc, wbtc.units(new BigDecimal("0.4")))));
  }

  /** The policy as an owner writes it, with this chain's addresses. */
  private PolicySettings written() {
    ClassLoader resources = PolicySettings.class.getClassLoader();
    Config addresses =
        ConfigFactory.parseMap(
            Map.of(
                "weth-usd", ground.market().pool().address().hex(),
                "wbtc-weth", wbtcWeth.address().hex(),
                "feed", feed.proxy().hex(),
                "v3-factory", ground.market().uniswap().contracts().factory().hex(),
                "agent", agent().address().hex()));
    return PolicySettings.read(
        Settings.section(
            ConfigFactory.parseResources(RotationWorld.class.getClassLoader(), POLICY)
                .resolveWith(addresses),
            ConfigFactory.parseResources(resources, "policy-reference.conf"),
            Path.of(""),
            "policy"),
        "policy",
        true);
  }

  private PolicySettings.Facts facts(PolicySettings written) {
    Map<Address, PoolFacts> pools =
        written.poolsToAsk().stream()
            .map(address -> UniswapPool.at(chain().client(), address))
            .collect(
                Collectors.toMap(
                    UniswapPool::address,
                    pool ->
                        new PoolFacts(
                            pool.token0(),
                            pool.token1(),
                            pool.fee(),
                            pool.liquidity(BlockTag.LATEST))));
    return new PolicySettings.Facts(
        assets().stream().map(token -> new TokenFacts(token.address(), token.decimals())).toList(),
        pools,
        Map.of(feed.proxy(), FEED_DECIMALS));
  }

  @Override
  public void close() {
    ground.close();
  }
}

package org.probity.demo;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Head;
import org.probity.chain.TransactionSender;
import org.probity.chain.aave.AaveV3;
import org.probity.chain.aave.Account;
import org.probity.chain.local.LocalAave;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalFeed;
import org.probity.chain.local.LocalMarket;
import org.probity.chain.local.LocalMarket.Token;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.intent.VaultDeployment;
import org.probity.settings.PolicySettings;
import org.probity.settings.PolicySettings.PoolFacts;
import org.probity.settings.PolicySettings.TokenFacts;
import org.probity.settings.Settings;
import org.probity.strategy.StrategyBundle;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.strategy.example.ExampleStrategies.LoanTargets;
import org.probity.zk.Srs;

/**
 * Ether and bitcoin against dollars, and Aave v3 with all three, whose oracle has its prices from
 * Chainlink feeds. The market rises a little, and then falls by more than a third within hours.
 */
public final class LendingWorld implements World {

  private static final String POLICY = "demo-lending.conf";
  private static final BigDecimal BITCOIN_PRICE = BigDecimal.valueOf(60_000);
  private static final long ETHER_DEPTH = 200_000;
  private static final long BITCOIN_DEPTH = 8_000;
  private static final int OBSERVATIONS = 600;
  private static final int HISTORY_MINUTES =
      ExampleStrategies.LENDING_PROGRAM.historySeconds() / 60 + 15;
  private static final double SHARE_OF_MOVES = 0.25;

  /** Of both prices, in ticks a minute: until it falls, and then for so many minutes. */
  private static final double RISE = 11;

  private static final double FALL = -34;
  private static final int FALLING_MINUTES = 140;
  private static final int CALM_HEADS = 6;

  private static final double THRESHOLD_TICKS = 50;
  private static final long HEARTBEAT = 3_600;
  private static final int FEED_DECIMALS = 8;
  private static final long LENT_DOLLARS = 50_000_000;

  private static final int HOLDER = 5;
  private static final int LIQUIDATOR = 6;
  private static final int LENDER = 0;

  private static final BigInteger RAY = BigInteger.TEN.pow(27);
  private static final LocalAave.Rates RATES =
      new LocalAave.Rates(
          RAY.multiply(BigInteger.valueOf(8)).divide(BigInteger.TEN),
          BigInteger.ZERO,
          RAY.multiply(BigInteger.valueOf(4)).divide(BigInteger.valueOf(100)),
          RAY.multiply(BigInteger.valueOf(75)).divide(BigInteger.valueOf(100)));

  private final DemoWorld ground;
  private final Token wbtc;
  private final UniswapPool wbtcUsd;
  private final LocalAave aave;
  private final AaveV3 market;
  private final Reports etherReports;
  private final Reports bitcoinReports;
  private final BackgroundTrader ether;
  private final BackgroundTrader bitcoin;

  private double offset;
  private int heads;

  /** What one feed has told so far. */
  private static final class Reports {
    private final LocalFeed feed;
    private final int decimals;
    private int rounds;
    private double tick;
    private long at;

    Reports(LocalFeed feed, int decimals) {
      this.feed = feed;
      this.decimals = decimals;
    }

    boolean isDue(double now, long time) {
      return rounds == 0 || Math.abs(now - tick) >= THRESHOLD_TICKS || time - at >= HEARTBEAT;
    }

    void answer(double now, long time) {
      rounds++;
      tick = now;
      at = time;
      BigDecimal price = BigDecimal.valueOf(StrictMath.pow(1.0001, now));
      feed.answer(
          time,
          rounds,
          price
              .movePointRight(decimals + FEED_DECIMALS)
              .setScale(0, RoundingMode.HALF_EVEN)
              .toBigIntegerExact());
    }
  }

  private LendingWorld(DemoWorld ground, long seed) {
    this.ground = ground;
    LocalMarket local = ground.market();
    this.wbtc = local.token("Test bitcoin", "WBTC", 8);
    this.wbtcUsd =
        local.open(
            wbtc,
            local.usd(),
            new LocalMarket.Settings(BITCOIN_PRICE, BITCOIN_DEPTH, OBSERVATIONS));
    this.ether = new BackgroundTrader(local.pool(), local.weth().address(), seed, SHARE_OF_MOVES);
    this.bitcoin = new BackgroundTrader(wbtcUsd, wbtc.address(), ~seed, SHARE_OF_MOVES);
    LocalFeed dollars = new LocalFeed(ground.chain(), FEED_DECIMALS);
    int ofDollars = local.usd().decimals();
    this.etherReports =
        new Reports(
            new LocalFeed(ground.chain(), FEED_DECIMALS), local.weth().decimals() - ofDollars);
    this.bitcoinReports =
        new Reports(new LocalFeed(ground.chain(), FEED_DECIMALS), wbtc.decimals() - ofDollars);
    dollars.answer(ground.nextMinute(), 1, BigInteger.TEN.pow(FEED_DECIMALS));
    this.aave =
        LocalAave.deploy(
            ground.chain(),
            List.of(
                new LocalAave.Listing(
                    local.usd(), dollars.proxy(), 7_700, 7_800, 10_500, 1_000, true, RATES),
                new LocalAave.Listing(
                    local.weth(),
                    etherReports.feed.proxy(),
                    8_000,
                    8_250,
                    10_500,
                    1_500,
                    true,
                    RATES),
                new LocalAave.Listing(
                    wbtc, bitcoinReports.feed.proxy(), 7_300, 7_800, 10_500, 2_000, true, RATES)));
    this.market = AaveV3.at(ground.chain().client(), aave.pool());
  }

  /** Starts a chain and the markets on it. */
  public static LendingWorld open(OptionalInt port, long seed) {
    DemoWorld ground = DemoWorld.open(port, seed, ETHER_DEPTH);
    try {
      return new LendingWorld(ground, seed);
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

  DemoWorld ground() {
    return ground;
  }

  @Override
  public List<Token> assets() {
    return List.of(ground.market().usd(), ground.market().weth(), wbtc);
  }

  @Override
  public List<BigDecimal> prices(BlockTag at) {
    return List.of(
        ground.market().price(at), LocalMarket.price(wbtcUsd, wbtc, ground.market().usd(), at));
  }

  // ---- the market ----

  @Override
  public int makeHistory() {
    trade(ground.nextMinute(), HISTORY_MINUTES);
    Address lender = chain().account(LENDER).address();
    Token usd = ground.market().usd();
    ground.market().mint(usd, lender, usd.units(LENT_DOLLARS));
    aave.supply(lender, usd, usd.units(LENT_DOLLARS));
    return 2 * HISTORY_MINUTES;
  }

  @Override
  public void nextHead() {
    ground.nextHead(this::trade);
    heads++;
  }

  /** Whether the market does not rise any more. */
  boolean falls() {
    return heads >= CALM_HEADS;
  }

  /** A trade a minute in each pool, and the feeds' answers between them. */
  private void trade(long first, int minutes) {
    double[] etherTicks = ether.walk(minutes);
    double[] bitcoinTicks = bitcoin.walk(minutes);
    for (int i = 0; i < minutes; i++) {
      offset += falls() ? falling() : RISE;
      etherTicks[i] += offset;
      bitcoinTicks[i] += offset;
    }
    List<LocalMarket.Trade> ofEther = ether.trades(first, etherTicks);
    List<LocalMarket.Trade> ofBitcoin = bitcoin.trades(first, bitcoinTicks);
    List<LocalMarket.Trade> waiting = new ArrayList<>();
    for (int i = 0; i < minutes; i++) {
      waiting.add(ofEther.get(i));
      waiting.add(ofBitcoin.get(i));
      long time = first + 60L * i;
      boolean due = etherReports.isDue(etherTicks[i], time);
      boolean dueToo = bitcoinReports.isDue(bitcoinTicks[i], time);
      if (due || dueToo) {
        ground.market().replay(waiting);
        waiting.clear();
      }
      if (due) {
        etherReports.answer(etherTicks[i], time + 12);
      }
      if (dueToo) {
        bitcoinReports.answer(bitcoinTicks[i], time + 24);
      }
    }
    ground.market().replay(waiting);
  }

  private int fallen;

  private double falling() {
    return fallen++ < FALLING_MINUTES ? FALL : 0;
  }

  // ---- who has loans ----

  /** What an account has with the market, asset by asset, after a block. */
  Account loans(Address account, Head head) {
    return market.account(head, account, assets().stream().map(Token::address).toList());
  }

  /** The health factor of an account after a block; empty without debt. */
  Optional<BigDecimal> health(Address account, BlockTag at) {
    BigInteger wad = aave.health(account, at);
    return wad.bitLength() == 256
        ? Optional.empty()
        : Optional.of(new BigDecimal(wad, 18).setScale(4, RoundingMode.DOWN));
  }

  /** Who does as the vault did and then nothing more. */
  Address holder() {
    return chain().account(HOLDER).address();
  }

  /** Has the holder supply and borrow what another has supplied and owes. */
  void imitate(Account other) {
    for (int i = 0; i < assets().size(); i++) {
      Account.Position position = other.positions().get(i);
      if (position.supplied().signum() > 0) {
        ground.market().mint(assets().get(i), holder(), position.supplied());
        aave.supply(holder(), assets().get(i), position.supplied());
      }
    }
    for (int i = 0; i < assets().size(); i++) {
      Account.Position position = other.positions().get(i);
      if (position.owed().signum() > 0) {
        aave.borrow(holder(), assets().get(i), position.owed());
      }
    }
  }

  /** What may be liquidated is: all dollars that the market lets one repay, for ether. */
  void liquidate(Address debtor) {
    Token usd = ground.market().usd();
    BigInteger owed = loans(debtor, chain().client().head()).positions().getFirst().owed();
    Address liquidator = chain().account(LIQUIDATOR).address();
    ground.market().mint(usd, liquidator, owed);
    aave.liquidate(liquidator, debtor, ground.market().weth(), usd, owed);
  }

  /** The market under attack. */
  LocalAave aave() {
    return aave;
  }

  // ---- the vault ----

  @Override
  public DemoWorld.Deployed deploy(StrategyBundle strategy, Srs srs) {
    PolicySettings written = written();
    PolicySettings.Facts facts = facts(written);
    LocalMarket local = ground.market();
    return ground.deploy(
        strategy,
        srs,
        new VaultDeployment.Surroundings(
            local.uniswap().contracts().factory(),
            Address.ZERO,
            Address.ZERO,
            Address.ZERO,
            Address.ZERO,
            aave.pool()),
        (foundation, sources, key, keyAt) ->
            written.policy(
                facts,
                new PolicySettings.Contracts(key.digest(), keyAt, sources, foundation.actions())),
        List.of(
            new DemoWorld.Deposit(local.weth(), local.weth().units(24)),
            new DemoWorld.Deposit(wbtc, wbtc.units(new BigDecimal("0.75")))));
  }

  /** The policy as an owner writes it, with this chain's addresses. */
  private PolicySettings written() {
    ClassLoader resources = PolicySettings.class.getClassLoader();
    Map<String, Object> chainsOwn = new TreeMap<>();
    chainsOwn.put("weth-usd", ground.market().pool().address().hex());
    chainsOwn.put("wbtc-usd", wbtcUsd.address().hex());
    chainsOwn.put("lending-pool", aave.pool().hex());
    chainsOwn.put("v3-factory", ground.market().uniswap().contracts().factory().hex());
    chainsOwn.put("agent", agent().address().hex());
    chainsOwn.put("targets", targets());
    chainsOwn.put(
        "directions",
        ExampleStrategies.LENDING_TARGETS.stream()
            .map(row -> row.buys() ? List.of("buy", "borrow", "repay") : List.of("sell", "repay"))
            .toList());
    Config addresses = ConfigFactory.parseMap(chainsOwn);
    return PolicySettings.read(
        Settings.section(
            ConfigFactory.parseResources(LendingWorld.class.getClassLoader(), POLICY)
                .resolveWith(addresses),
            ConfigFactory.parseResources(resources, "policy-reference.conf"),
            Path.of(""),
            "policy"),
        "policy",
        true);
  }

  /** The table that the strategy was trained for, as a policy has it. */
  private static List<Map<String, Object>> targets() {
    return ExampleStrategies.LENDING_TARGETS.stream().map(LendingWorld::target).toList();
  }

  private static Map<String, Object> target(LoanTargets row) {
    Function<Optional<Integer>, String> words = bps -> bps.map("%s bps"::formatted).orElse("hold");
    Map<String, Object> target = new TreeMap<>();
    target.put("WETH", words.apply(row.weightsBps().getFirst()));
    target.put("WBTC", words.apply(row.weightsBps().getLast()));
    row.suppliedBps()
        .ifPresent(bps -> {
          String share = bps + " bps";
          target.put("supply", Map.of("WETH", share, "WBTC", share));
        });
    row.borrowBps().ifPresent(bps -> target.put("borrow", Map.of("USD", bps + " bps")));
    return target;
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
        Map.of(),
        List.of(),
        aave.pool());
  }

  @Override
  public void close() {
    ground.close();
  }
}

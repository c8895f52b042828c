package org.probity.sim.backtest;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValueFactory;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.ground.Sha256;
import org.probity.intent.Pace;
import org.probity.settings.BadSetting;
import org.probity.settings.Hocon;
import org.probity.settings.PolicySettings;
import org.probity.settings.Settings;
import org.probity.sim.market.OcrFeed;
import org.probity.sim.scenario.MarketPopulation.Agents;
import org.probity.sim.scenario.PairTerms;
import org.probity.sim.scenario.SideTerms;

/**
 * All that a backtest is told; {@code backtest-reference.conf} documents each setting.
 *
 * @param seed what every random stream is derived from
 * @param from first moment, in seconds of Unix time
 * @param to last moment
 * @param days length where {@code to} is not given
 * @param written what they were read from, defaults filled in
 */
public record BacktestSettings(
    long seed,
    OptionalLong from,
    OptionalLong to,
    Optional<Double> days,
    Market market,
    StrategyChoice strategy,
    Funds vault,
    PolicySettings policy,
    Pace pace,
    Chain chain,
    Proving proving,
    Gas gas,
    Settings written) {

  private static final String ROOT = "backtest";

  private static final String MARKET = "backtest.market.";
  private static final List<String> ASSETS =
      List.of("base", "quote", "base-decimals", "quote-decimals", "base-token", "fee-pips");

  /** Where a market comes from. */
  public enum Source {
    SYNTHETIC,
    AGENTS,
    CANDLES,
    MINUTES,
    EVENTS,
    BASKET;

    /** Whether it is another market with each seed, and no record of one. */
    public boolean isInvented() {
      return this == SYNTHETIC || this == AGENTS || this == BASKET;
    }
  }

  /** Price processes. */
  public enum ProcessKind {
    GBM,
    OU,
    JUMPS,
    REGIMES
  }

  /** Where gas prices come from. */
  public enum GasPrice {
    MEASURED,
    HISTORY,
    CONSTANT
  }

  /**
   * The market. Amounts are whole base tokens.
   *
   * @param written which of the assets' keys the file has; the others are defaults, and give way to
   *     what a series says of itself
   */
  public record Market(
      Source source,
      Optional<Path> store,
      Optional<String> series,
      Assets assets,
      Set<String> written,
      double price,
      double depth,
      int observations,
      Optional<Address> without,
      Process process,
      Agents agents,
      PairTerms pair,
      SideTerms sides,
      Lending lending,
      BasketMarket basket) {

    /** What a policy calls the pool of a market that has one. */
    static final String POOL = "pool";

    /** What it calls a Uniswap v2 pair beside it. */
    static final String PAIR = "pair";

    /** What it calls a Uniswap v3 pool beside it. */
    static final String V3 = "v3";

    /** What it calls a Uniswap v4 pool beside it. */
    static final String V4 = "v4";

    public Market {
      written = Collections.unmodifiableSet(new TreeSet<>(written));
    }

    /** The assets as written; else as a series says by its facts; else the defaults. */
    public Assets assets(Map<String, String> facts) {
      int baseToken = number("base-token", facts.get("base.token"), assets.baseToken);
      String base = baseToken == 0 ? "token0.decimals" : "token1.decimals";
      String quote = baseToken == 0 ? "token1.decimals" : "token0.decimals";
      return new Assets(
          fact("base", facts.get("base"), assets.base),
          fact("quote", facts.get("quote"), assets.quote),
          number("base-decimals", facts.get(base), assets.baseDecimals),
          number("quote-decimals", facts.get(quote), assets.quoteDecimals),
          baseToken,
          number("fee-pips", facts.get("fee"), assets.feePips));
    }

    /** Whether there are several pools, as {@link #basket} says. */
    public boolean isBasket() {
      return source == Source.BASKET;
    }

    /** What its pools are called. */
    List<String> pools() {
      return isBasket() ? basket.pools.stream().map(BasketPool::name).toList() : List.of(POOL);
    }

    /** What the other markets of its two assets are called. */
    List<String> venues() {
      List<String> names = new ArrayList<>();
      if (pair.depth() > 0) {
        names.add(PAIR);
      }
      sides.v3().ifPresent(_ -> names.add(V3));
      sides.v4().ifPresent(_ -> names.add(V4));
      return names;
    }

    /** What its assets are called, the numeraire first. */
    List<String> symbols() {
      return isBasket()
          ? basket.assets.stream().map(BasketAsset::symbol).toList()
          : List.of(assets.quote, assets.base);
    }

    private String fact(String key, @Nullable String said, String own) {
      return said == null || written.contains(key) ? own : said;
    }

    private int number(String key, @Nullable String said, int own) {
      return Integer.parseInt(fact(key, said, Integer.toString(own)));
    }
  }

  /**
   * The two assets and the pool's fee.
   *
   * @param baseToken place of the base asset in the pool, 0 or 1
   */
  public record Assets(
      String base, String quote, int baseDecimals, int quoteDecimals, int baseToken, int feePips) {}

  /**
   * Several assets, their pools and feeds; empty unless the market is one of those. Prices are in
   * whole units of the numeraire, which is the first asset.
   *
   * @param correlation of each two prices' increments
   * @param stepSeconds from one price elsewhere to the next
   */
  public record BasketMarket(
      List<BasketAsset> assets,
      double correlation,
      List<BasketPool> pools,
      List<BasketFeed> feeds,
      int stepSeconds) {
    public BasketMarket {
      assets = List.copyOf(assets);
      pools = List.copyOf(pools);
      feeds = List.copyOf(feeds);
    }
  }

  /** An asset of a {@link BasketMarket}; see {@link org.probity.sim.scenario.Basket.Asset}. */
  public record BasketAsset(
      String symbol, int decimals, double price, double volatility, double drift, double regimes) {}

  /** A pool of it; amounts are whole tokens of its base asset. */
  public record BasketPool(
      String name,
      String base,
      String quote,
      int feePips,
      double depth,
      double noisePerHour,
      double noiseSize) {}

  /** A feed of an asset's price. */
  public record BasketFeed(String asset, OcrFeed.Terms terms) {}

  /** A price process, a shock on top of it, and the noise around it. */
  public record Process(
      ProcessKind kind,
      int stepSeconds,
      double volatility,
      double drift,
      double halfLifeHours,
      double jumpsPerDay,
      double jumpSize,
      Shock shock,
      double noiseTrades,
      double noiseSize) {}

  /**
   * A fall or a rise for stress tests.
   *
   * @param size as a share of the price, negative for a fall; 0 for none
   * @param hours after the first moment to decide for
   * @param minutes that it takes
   */
  public record Shock(double size, double hours, double minutes) {}

  /** Where a lending market's prices come from. */
  public enum LendingOracle {
    FEED,
    TWAP
  }

  /**
   * An Aave v3 market beside the pool of an agent-based market.
   *
   * @param borrowers 0 for none
   */
  public record Lending(
      int borrowers,
      double size,
      double shortShare,
      double healthFrom,
      double healthTo,
      double movesPerDay,
      double baseSupply,
      double quoteSupply,
      LendingOracle oracle,
      double deviation,
      long heartbeatSeconds,
      long delaySeconds,
      long twapSeconds,
      double liquidationChance,
      long liquidationGas,
      Reserve base,
      Reserve quote) {}

  /** The terms of an asset in a lending market, in basis points. */
  public record Reserve(
      int ltv,
      int threshold,
      int bonus,
      int reserveFactor,
      int protocolFee,
      int optimalUsage,
      int baseRate,
      int slope1,
      int slope2) {}

  /** A bundle on disk, or an example by name. */
  public record StrategyChoice(Optional<Path> bundle, String example, long exampleSeed) {}

  /**
   * What the vault begins with, in whole tokens.
   *
   * @param base of a pair
   * @param quote of the numeraire
   * @param holdings of the others of a basket, by their symbols
   */
  public record Funds(BigDecimal base, BigDecimal quote, Map<String, BigDecimal> holdings) {
    public Funds {
      holdings = Collections.unmodifiableMap(new TreeMap<>(holdings));
    }
  }

  /** Blocks and what happens to transactions. */
  public record Chain(
      long id,
      int blockSeconds,
      double missedBlocks,
      double inclusionChance,
      double failureChance,
      int inclusionDelayBlocks,
      double reorgsPerDay,
      int reorgDepth) {}

  /**
   * Proofs.
   *
   * @param millis a fixed latency; empty to draw from measured ones
   */
  public record Proving(OptionalLong millis, double scale, double costPerHour, boolean real) {}

  /**
   * Gas.
   *
   * @param coin what the chain's coin is worth in quote; empty if it is the base asset
   */
  public record Gas(
      GasPrice price,
      double gwei,
      Optional<Path> store,
      Optional<String> series,
      double scale,
      long trade,
      long hold,
      long claim,
      long refusal,
      VenueGas atVenue,
      Optional<Double> coin) {}

  /**
   * What a trade of one asset takes more, in units of gas, at a venue than along a route of one
   * pool; below 0 for less.
   *
   * @param pair in a Uniswap v2 pair
   * @param v3 in another Uniswap v3 pool
   * @param v4 in a Uniswap v4 pool
   */
  public record VenueGas(long pair, long v3, long v4) {}

  /**
   * Reads {@code file}. Relative paths in it are relative to its own folder.
   *
   * @throws BadSetting if the file is absent, is not HOCON, or holds a setting that cannot be used
   */
  public static BacktestSettings load(Path file) {
    return read(Hocon.parse(file), Hocon.folderOf(file));
  }

  /**
   * Reads the section {@code backtest} of {@code written}, on top of the defaults; other sections
   * are for others.
   *
   * @param folder what relative paths are relative to
   */
  public static BacktestSettings read(Config written, Path folder) {
    return read(written, folder, assetsIn(written));
  }

  private static BacktestSettings read(Config written, Path folder, Set<String> assets) {
    Config defaults =
        ConfigFactory.parseResources(
            BacktestSettings.class.getClassLoader(), "backtest-reference.conf");
    return of(Settings.section(written, defaults, folder, ROOT), assets);
  }

  private static Set<String> assetsIn(Config written) {
    var keys = new TreeSet<String>();
    ASSETS.stream().filter(key -> written.hasPath(MARKET + key)).forEach(keys::add);
    return keys;
  }

  /**
   * The same settings but for one.
   *
   * @param key its full path, such as {@code backtest.gas.scale}
   * @param value a number, a word, true or false, or a list of those
   * @throws BadSetting if there is no such setting, or the value cannot be used
   */
  public BacktestSettings with(String key, Object value) {
    if (!key.startsWith(ROOT + ".")) {
      throw new BadSetting(
          "There is no setting %s: the settings of a backtest begin with \"backtest.\"."
              .formatted(key));
    }
    // The text has the defaults in it by now, which nobody has written.
    var assets = new TreeSet<>(market.written);
    ASSETS.stream().filter(asset -> key.equals(MARKET + asset)).forEach(assets::add);
    return read(
        written.config().withValue(key, ConfigValueFactory.fromAnyRef(value)),
        written.folder(),
        assets);
  }

  /** The same settings but for one that is not written any more. */
  public BacktestSettings without(String key) {
    return read(written.config().withoutPath(key), written.folder(), market.written);
  }

  /** {@code days} in whole seconds. */
  OptionalLong seconds() {
    return days.stream().mapToLong(count -> (long) (count * 86_400)).findFirst();
  }

  /** The settings in force, defaults included, as JSON with sorted keys. */
  public String canonical() {
    return canonical(written.config().getObject(ROOT));
  }

  private static String canonical(ConfigObject section) {
    var text = new StringBuilder("{");
    new TreeMap<>(section)
        .forEach((key, value) -> {
          text.append(text.length() == 1 ? "" : ",").append('"').append(key).append("\":");
          text.append(
              value instanceof ConfigObject inner
                  ? canonical(inner)
                  : value.render(ConfigRenderOptions.concise()));
        });
    return text.append('}').toString();
  }

  /**
   * Reads what {@link #canonical} wrote.
   *
   * @param assets which of the assets' keys were written by somebody ({@link Market#written})
   * @param folder what relative paths are relative to
   */
  public static BacktestSettings restore(String canonical, Set<String> assets, Path folder) {
    return read(
        ConfigFactory.parseString(
            "{\"" + ROOT + "\":" + canonical + "}",
            ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON)),
        folder,
        assets);
  }

  /** SHA-256 of {@link #canonical}, hex. */
  public String digest() {
    return Sha256.hex(canonical());
  }

  private static BacktestSettings of(Settings keys, Set<String> assets) {
    String coin = keys.text("backtest.gas.coin", "base, or a price in quote");
    Market market = market(keys, assets);
    StrategyChoice strategy =
        new StrategyChoice(
            keys.optional("backtest.strategy.bundle", keys::path),
            keys.text("backtest.strategy.example", "momentum, or rotation"),
            keys.whole("backtest.strategy.example-seed", Long.MIN_VALUE, Long.MAX_VALUE));
    return new BacktestSettings(
        keys.whole("backtest.seed", Long.MIN_VALUE, Long.MAX_VALUE),
        moment(keys, "backtest.from"),
        moment(keys, "backtest.to"),
        keys.optional("backtest.days", key -> keys.real(key, 0.01, 36_600)),
        market,
        strategy,
        new Funds(
            keys.amountOrZero("backtest.vault.base"),
            keys.amountOrZero("backtest.vault.quote"),
            BasketReader.holdings(keys, market)),
        MarketPolicy.read(keys, market, strategy.example()),
        new Pace(
            keys.whole("backtest.pace.lifetime-seconds", 1, 86_400),
            keys.flag("backtest.pace.send-holds")),
        new Chain(
            keys.whole("backtest.chain.id", 1, Long.MAX_VALUE),
            keys.integer("backtest.chain.block-seconds", 1, 3_600),
            keys.real("backtest.chain.missed-blocks", 0, 0.5),
            keys.real("backtest.chain.inclusion-chance", 0.01, 1),
            keys.real("backtest.chain.failure-chance", 0, 0.9),
            keys.integer("backtest.chain.inclusion-delay-blocks", 0, 1_000),
            keys.real("backtest.chain.reorgs-per-day", 0, 1_000),
            keys.integer("backtest.chain.reorg-depth", 1, 64)),
        new Proving(
            keys.text("backtest.proving.latency", "measured, or milliseconds").equals("measured")
                ? OptionalLong.empty()
                : OptionalLong.of(keys.whole("backtest.proving.latency", 0, 86_400_000)),
            keys.real("backtest.proving.scale", 0, 1_000_000),
            keys.real("backtest.proving.cost-per-hour", 0, Double.POSITIVE_INFINITY),
            keys.flag("backtest.proving.real")),
        new Gas(
            keys.oneOf("backtest.gas.price", GasPrice.class),
            keys.real("backtest.gas.gwei", 0, 1e9),
            keys.optional("backtest.gas.store", keys::path),
            keys.optional("backtest.gas.series", key -> keys.text(key, "the name of a series")),
            keys.real("backtest.gas.scale", 0, 1_000_000),
            keys.whole("backtest.gas.trade", 0, Long.MAX_VALUE),
            keys.whole("backtest.gas.hold", 0, Long.MAX_VALUE),
            keys.whole("backtest.gas.claim", 0, Long.MAX_VALUE),
            keys.whole("backtest.gas.refusal", 0, Long.MAX_VALUE),
            new VenueGas(
                keys.whole("backtest.gas.at-pair", -1_000_000, 1_000_000),
                keys.whole("backtest.gas.at-v3", -1_000_000, 1_000_000),
                keys.whole("backtest.gas.at-v4", -1_000_000, 1_000_000)),
            coin.equals("base")
                ? Optional.empty()
                : Optional.of(keys.real("backtest.gas.coin", 0, Double.POSITIVE_INFINITY))),
        keys);
  }

  private static Market market(Settings keys, Set<String> assets) {
    return new Market(
        keys.oneOf("backtest.market.source", Source.class),
        keys.optional("backtest.market.store", keys::path),
        keys.optional("backtest.market.series", key -> keys.text(key, "the name of a series")),
        new Assets(
            keys.text("backtest.market.base", "a symbol"),
            keys.text("backtest.market.quote", "a symbol"),
            keys.integer("backtest.market.base-decimals", 0, 36),
            keys.integer("backtest.market.quote-decimals", 0, 36),
            keys.integer("backtest.market.base-token", 0, 1),
            keys.integer("backtest.market.fee-pips", 0, 999_999)),
        assets,
        keys.real("backtest.market.price", 1e-12, 1e12),
        keys.real("backtest.market.depth", 1e-9, 1e12),
        keys.integer("backtest.market.observations", 2, 65_535),
        keys.optional("backtest.market.without", keys::address),
        new Process(
            keys.oneOf("backtest.market.process.kind", ProcessKind.class),
            keys.integer("backtest.market.process.step-seconds", 1, 86_400),
            keys.real("backtest.market.process.volatility", 0, 100),
            keys.real("backtest.market.process.drift", -100, 100),
            keys.real("backtest.market.process.half-life-hours", 0.01, 1e6),
            keys.real("backtest.market.process.jumps-per-day", 0, 10_000),
            keys.real("backtest.market.process.jump-size", 0, 10),
            new Shock(
                keys.real("backtest.market.process.shock.size", -0.99, 10),
                keys.real("backtest.market.process.shock.hours", 0, 1e6),
                keys.real("backtest.market.process.shock.minutes", 0, 1e6)),
            keys.real("backtest.market.process.noise-trades", 0, 100),
            keys.real("backtest.market.process.noise-size", 0, 1e9)),
        new Agents(
            keys.real("backtest.market.agents.noise-per-hour", 0, 100_000),
            keys.real("backtest.market.agents.noise-size", 0, 1e9),
            keys.real("backtest.market.agents.arbitrage-chance", 0, 1),
            keys.integer("backtest.market.agents.providers", 0, 1_000),
            keys.integer("backtest.market.agents.provider-ticks", 10, 100_000),
            keys.real("backtest.market.agents.provider-size", 0, 1e9),
            keys.real("backtest.market.agents.provider-moves-per-day", 0, 10_000),
            keys.real("backtest.market.agents.sandwich-chance", 0, 1),
            keys.real("backtest.market.agents.sandwich-size", 0, 1e9)),
        new PairTerms(
            keys.real("backtest.market.pair.depth", 0, 1e12),
            keys.real("backtest.market.pair.noise-share", 0, 1),
            keys.real("backtest.market.pair.arbitrage-chance", 0, 1)),
        sides(keys),
        lending(keys),
        BasketReader.read(keys));
  }

  private static SideTerms sides(Settings keys) {
    String at = "backtest.market.venues.";
    SideTerms.V3 v3 =
        new SideTerms.V3(
            keys.real(at + "v3.depth", 0, 1e12), keys.integer(at + "v3.fee-pips", 1, 10_000));
    SideTerms.V4 v4 =
        new SideTerms.V4(
            keys.real(at + "v4.depth", 0, 1e12),
            keys.integer(at + "v4.fee-pips", 0, 9_000),
            keys.integer(at + "v4.tick-spacing", 1, 16_383),
            keys.integer(at + "v4.protocol-fee-pips", 0, 1_000));
    return new SideTerms(
        Optional.of(v3).filter(side -> side.depth() > 0),
        Optional.of(v4).filter(side -> side.depth() > 0),
        keys.real(at + "noise-share", 0, 1),
        keys.real(at + "arbitrage-chance", 0, 1));
  }

  private static Lending lending(Settings keys) {
    String at = "backtest.market.lending.";
    return new Lending(
        keys.integer(at + "borrowers", 0, 10_000),
        keys.real(at + "size", 1e-9, 1e9),
        keys.real(at + "short-share", 0, 1),
        keys.real(at + "health-from", 1, 1_000),
        keys.real(at + "health-to", 1, 1_000),
        keys.real(at + "moves-per-day", 0, 1_000),
        keys.real(at + "base-supply", 0, 1e12),
        keys.real(at + "quote-supply", 0, 1e15),
        keys.oneOf(at + "oracle", LendingOracle.class),
        keys.real(at + "deviation", 0, 1),
        keys.whole(at + "heartbeat-seconds", 1, 366L * 86_400),
        keys.whole(at + "delay-seconds", 0, 86_400),
        keys.whole(at + "twap-seconds", 1, 86_400),
        keys.real(at + "liquidation-chance", 0, 1),
        keys.whole(at + "liquidation-gas", 0, Long.MAX_VALUE),
        reserve(keys, at + "base-reserve."),
        reserve(keys, at + "quote-reserve."));
  }

  private static Reserve reserve(Settings keys, String at) {
    return new Reserve(
        keys.integer(at + "ltv", 0, 10_000),
        keys.integer(at + "threshold", 0, 10_000),
        keys.integer(at + "bonus", 0, 10_000),
        keys.integer(at + "reserve-factor", 0, 10_000),
        keys.integer(at + "protocol-fee", 0, 10_000),
        keys.integer(at + "optimal-usage", 1, 10_000),
        keys.integer(at + "base-rate", 0, 1_000_000),
        keys.integer(at + "slope1", 0, 1_000_000),
        keys.integer(at + "slope2", 0, 1_000_000));
  }

  private static OptionalLong moment(Settings keys, String key) {
    return keys.isSet(key) ? OptionalLong.of(keys.moment(key)) : OptionalLong.empty();
  }
}

package org.probity.sim.backtest;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.probity.chain.Address;
import org.probity.settings.BadSetting;
import org.probity.settings.PolicySettings;
import org.probity.settings.PolicySettings.Source;
import org.probity.settings.Settings;
import org.probity.sim.backtest.BacktestSettings.Market;
import org.probity.sim.scenario.SideTerms;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.strategy.feature.ChainlinkReturns;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.OwnLoans;
import org.probity.strategy.feature.ProgramEntry;
import org.probity.strategy.feature.SignedReport;
import org.probity.strategy.feature.TwapReturns;

/**
 * The policy of a backtest's vault: the form that a chain's has, in which a file may leave out what
 * its simulated market knows. Those are the pools and assets, or the addresses of those that are
 * named as the market names them; the agent; and the program, which is then the strategy's.
 */
final class MarketPolicy {

  static final String AT = "backtest.policy";

  private static final String SHARE = "50 %";
  private static final String NO_LIMIT = "1000000000";
  private static final List<String> OF_THE_MODEL = List.of("targets", "directions", "weight-step");

  /** Beyond its heartbeat an answer still has its way into a block before it. */
  private static final long LATE_SECONDS = 300;

  private MarketPolicy() {}

  /**
   * Reads the policy.
   *
   * @param example the strategy whose targets it has where none are written
   * @throws BadSetting if it cannot be used
   */
  static PolicySettings read(Settings settings, Market market, String example) {
    Config config = settings.config();
    if (market.isBasket() && (market.symbols().size() < 2 || market.pools().isEmpty())) {
      throw new BadSetting(
          "A basket needs two assets and a pool at least: list them in backtest.market.basket.assets and pools.");
    }
    for (String name : OF_THE_MODEL) {
      config = moved(config, AT + "." + name, AT + ".model." + name);
    }
    if (!config.hasPath(AT + ".model.weight-step")) {
      config = set(config, "model.targets", targets(example));
    }
    config = set(config, "model.agent", Made.AGENT.hex());
    config =
        config.hasPath(AT + ".pools")
            ? completed(config, AT + ".pools", entry -> withPlace(entry, market))
            : set(config, "pools", pools(market));
    List<String> venues = settings.words(AT + ".venues", "names of the market's venues");
    config = config.withoutPath(AT + ".venues");
    if (config.hasPath(AT + ".assets")) {
      if (!venues.isEmpty()) {
        throw new BadSetting(
            "%s.venues stands beside %s.assets: name the venues in their asset there, or leave the assets out."
                .formatted(AT, AT));
      }
      config = completed(config, AT + ".assets", entry -> withProxy(entry, market));
    } else {
      config = set(config, "assets", assets(market, venues));
      config = market.basket().feeds().isEmpty() ? config : set(config, "max-deviation", "1 %");
    }
    return PolicySettings.read(new Settings(config, settings.folder()), AT, false);
  }

  private static List<List<String>> targets(String example) {
    List<List<Optional<Integer>>> rows =
        example.equals("rotation")
            ? ExampleStrategies.ROTATION_WEIGHTS_BPS
            : ExampleStrategies.TARGET_WEIGHTS_BPS.stream().map(List::of).toList();
    return rows.stream()
        .map(row ->
            row.stream().map(weight -> weight.map("%s bps"::formatted).orElse("hold")).toList())
        .toList();
  }

  /** The short form of a setting, which must not stand beside the long one. */
  private static Config moved(Config config, String from, String to) {
    if (!config.hasPath(from)) {
      return config;
    }
    if (config.hasPath(to)) {
      throw new BadSetting(
          "The settings %s and %s are one and the same: leave one of them out."
              .formatted(from, to));
    }
    return config.withValue(to, config.getValue(from));
  }

  private static Config set(Config config, String name, Object value) {
    String key = AT + "." + name;
    return config.hasPath(key)
        ? config
        : config.withValue(key, ConfigValueFactory.fromAnyRef(value));
  }

  private interface Completion {
    ConfigValue of(ConfigObject entry);
  }

  private static Config completed(Config config, String key, Completion completion) {
    if (!(config.getValue(key) instanceof ConfigList list)) {
      return config; // Whoever reads it says what is wrong.
    }
    return config.withValue(
        key,
        ConfigValueFactory.fromIterable(
            list.stream()
                .map(value -> value instanceof ConfigObject entry ? completion.of(entry) : value)
                .toList()));
  }

  // ---- what the market knows ----

  private static ConfigObject withPlace(ConfigObject entry, Market market) {
    ConfigObject whole = entry;
    Optional<Address> place =
        Optional.ofNullable(entry.get("name"))
            .map(name -> market.pools().indexOf(name.unwrapped().toString()))
            .filter(index -> index >= 0)
            .map(Made::pool);
    if (!entry.containsKey("address") && place.isPresent()) {
      whole = whole.withValue("address", ConfigValueFactory.fromAnyRef(place.get().hex()));
    }
    return entry.containsKey("min-liquidity")
        ? whole
        : whole.withValue("min-liquidity", ConfigValueFactory.fromAnyRef(SHARE));
  }

  private static ConfigObject withProxy(ConfigObject entry, Market market) {
    if (!(entry.get("feed") instanceof ConfigObject feed) || feed.containsKey("proxy")) {
      return entry;
    }
    return Optional.ofNullable(entry.get("symbol"))
        .flatMap(symbol -> feed(market, symbol.unwrapped().toString()))
        .map(number ->
            entry.withValue(
                "feed",
                feed.withValue("proxy", ConfigValueFactory.fromAnyRef(Made.feed(number).hex()))))
        .orElse(entry);
  }

  private static Optional<Integer> feed(Market market, String symbol) {
    List<BacktestSettings.BasketFeed> feeds = market.basket().feeds();
    for (int i = 0; i < feeds.size(); i++) {
      if (feeds.get(i).asset().equals(symbol)) {
        return Optional.of(i);
      }
    }
    return Optional.empty();
  }

  private static List<Map<String, Object>> pools(Market market) {
    List<Map<String, Object>> pools = new ArrayList<>();
    for (String name : market.pools()) {
      Map<String, Object> pool = new TreeMap<>();
      pool.put("name", name);
      pool.put("address", Made.pool(pools.size()).hex());
      pool.put("min-liquidity", SHARE);
      pools.add(pool);
    }
    return pools;
  }

  private static List<Map<String, Object>> assets(Market market, List<String> venues) {
    List<String> symbols = market.symbols();
    List<Map<String, Object>> assets = new ArrayList<>();
    for (String symbol : symbols) {
      Map<String, Object> asset = new TreeMap<>();
      asset.put("symbol", symbol);
      if (!assets.isEmpty()) {
        asset.put("route", route(market, symbol));
        asset.put("exposure", Collections.singletonMap("most", NO_LIMIT));
        feed(market, symbol).ifPresent(number -> asset.put("feed", feed(market, number)));
        if (!venues.isEmpty()) {
          asset.put("venues", venues.stream().map(name -> venue(market, name)).toList());
        }
      }
      assets.add(asset);
    }
    return assets;
  }

  private static Map<String, Object> venue(Market market, String name) {
    if (!market.venues().contains(name)) {
      throw new BadSetting(
          "%s.venues names %s and the market has %s: give that venue a depth in backtest.market, or leave it out."
              .formatted(AT, name, market.venues().isEmpty() ? "none" : market.venues()));
    }
    Map<String, Object> venue = new TreeMap<>();
    venue.put("name", name);
    venue.put("min-liquidity", SHARE);
    switch (name) {
      case Market.PAIR -> venue.put("v2", List.of(Made.PAIR.hex()));
      case Market.V3 -> venue.put("v3", List.of(Made.SIDE_POOL.hex()));
      default -> {
        SideTerms.V4 v4 = market.sides().v4().orElseThrow();
        Map<String, Object> pool = new TreeMap<>();
        pool.put("fee", v4.feePips());
        pool.put("tick-spacing", v4.tickSpacing());
        venue.put("v4", List.of(pool));
      }
    }
    return venue;
  }

  private static Map<String, Object> feed(Market market, int number) {
    var terms = market.basket().feeds().get(number).terms();
    Map<String, Object> feed = new TreeMap<>();
    feed.put("proxy", Made.feed(number).hex());
    feed.put("heartbeat", "%s s".formatted(terms.heartbeatSeconds() + LATE_SECONDS));
    feed.put("threshold", "%s bps".formatted(terms.thresholdBps()));
    feed.put("least", "0.000001");
    feed.put("most", NO_LIMIT);
    feed.put("in-numeraire", true);
    return feed;
  }

  /** The fewest pools to the numeraire; of several such ways the first. */
  private static List<String> route(Market market, String from) {
    if (!market.isBasket()) {
      return market.pools();
    }
    record Way(String at, List<String> pools) {}
    var ways = new ArrayDeque<Way>(List.of(new Way(from, List.of())));
    var seen = new TreeSet<>(List.of(from));
    while (!ways.isEmpty()) {
      Way way = ways.remove();
      if (way.at.equals(market.symbols().getFirst())) {
        return way.pools;
      }
      for (BacktestSettings.BasketPool pool : market.basket().pools()) {
        String next =
            pool.base().equals(way.at)
                ? pool.quote()
                : pool.quote().equals(way.at) ? pool.base() : "";
        if (!next.isEmpty() && seen.add(next)) {
          List<String> pools = new ArrayList<>(way.pools);
          pools.add(pool.name());
          ways.add(new Way(next, pools));
        }
      }
    }
    throw new BadSetting(
        "No pools of backtest.market.basket.pools lead from %s to %s: add one, or leave the asset out."
            .formatted(from, market.symbols().getFirst()));
  }

  // ---- the program ----

  /**
   * The sources of a strategy's program in a market: its first returns of a pool are those of the
   * first asset's, and so on; the returns of feeds are of the assets that have one, in their order.
   *
   * @throws BadSetting if the market has no such source
   */
  static List<Source> sources(PolicySettings policy, FeatureProgram program) {
    List<Source> sources = new ArrayList<>();
    int asset = 1;
    int feed = 0;
    List<Address> proxies =
        policy.assets().stream().flatMap(a -> a.feed().stream()).map(f -> f.proxy()).toList();
    for (ProgramEntry entry : program.entries()) {
      String at = AT + ".model.program." + sources.size();
      switch (entry) {
        case TwapReturns(List<Integer> horizons) -> {
          require(asset < policy.assets().size(), "returns of one more pool than it has assets");
          int pool = policy.assets().get(asset).route().getFirst();
          sources.add(new Source.OfPool(at, policy.pools().get(pool).address(), asset, horizons));
          asset++;
        }
        case ChainlinkReturns(List<Integer> horizons) -> {
          require(feed < proxies.size(), "returns of one more feed than it has");
          sources.add(new Source.OfFeed(at, proxies.get(feed), horizons));
          feed++;
        }
        case OwnBooks _ -> sources.add(new Source.OfBooks(at));
        case OwnLoans _ -> require(false, "loans, and it names no lending market");
        case SignedReport _ -> require(false, "reports, which nobody signs in a simulated market");
      }
    }
    return sources;
  }

  private static void require(boolean there, String what) {
    if (!there) {
      throw new BadSetting(
          "The strategy's feature program wants %s: say in %s.model.program where its inputs come from, or take a strategy for this market."
              .formatted(what, AT));
    }
  }
}

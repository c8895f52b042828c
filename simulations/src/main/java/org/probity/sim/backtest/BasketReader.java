package org.probity.sim.backtest;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.probity.settings.BadSetting;
import org.probity.settings.Settings;
import org.probity.sim.backtest.BacktestSettings.BasketAsset;
import org.probity.sim.backtest.BacktestSettings.BasketFeed;
import org.probity.sim.backtest.BacktestSettings.BasketMarket;
import org.probity.sim.backtest.BacktestSettings.BasketPool;
import org.probity.sim.backtest.BacktestSettings.Market;
import org.probity.sim.market.OcrFeed;

/** Reads a market of several assets. */
final class BasketReader {

  private static final String AT = "backtest.market.basket.";
  private static final String HOLDINGS = "backtest.vault.holdings";
  private static final int MOST = 100_000_000;
  private static final Set<String> OF_ASSET =
      words("symbol", "decimals", "price", "volatility", "drift", "regimes");
  private static final Set<String> OF_POOL =
      words("name", "base", "quote", "fee-pips", "depth", "noise-per-hour", "noise-size");
  private static final Set<String> OF_FEED =
      words("asset", "decimals", "threshold", "heartbeat", "delay");
  private static final Set<String> OF_HOLDING = words("asset", "amount");

  private BasketReader() {}

  private static Set<String> words(String... words) {
    return new TreeSet<>(List.of(words));
  }

  static BasketMarket read(Settings keys) {
    List<BasketAsset> assets = assets(keys);
    return new BasketMarket(
        assets,
        keys.real(AT + "correlation", -1, 1),
        pools(keys, assets),
        feeds(keys, assets),
        keys.integer(AT + "step-seconds", 1, 86_400));
  }

  private static List<BasketAsset> assets(Settings keys) {
    List<BasketAsset> assets = new ArrayList<>();
    Set<String> symbols = new TreeSet<>();
    for (Settings one : keys.sections(AT + "assets", OF_ASSET)) {
      String at = AT + "assets." + assets.size() + ".";
      boolean numeraire = assets.isEmpty();
      String symbol = one.text(at + "symbol", "a symbol");
      if (!symbols.add(symbol)) {
        throw BadSetting.value(at + "symbol", symbol, "a symbol that no other asset has");
      }
      assets.add(
          new BasketAsset(
              symbol,
              one.integer(at + "decimals", 0, 36),
              numeraire && !one.isSet(at + "price") ? 1 : one.real(at + "price", 1e-12, 1e12),
              rate(one, at + "volatility", 0),
              rate(one, at + "drift", -100),
              rate(one, at + "regimes", 0)));
    }
    return assets;
  }

  private static double rate(Settings one, String key, double least) {
    return one.isSet(key) ? one.real(key, least, 100) : 0;
  }

  private static List<BasketPool> pools(Settings keys, List<BasketAsset> assets) {
    List<BasketPool> pools = new ArrayList<>();
    Set<String> names = new TreeSet<>();
    for (Settings one : keys.sections(AT + "pools", OF_POOL)) {
      String at = AT + "pools." + pools.size() + ".";
      String name = one.text(at + "name", "a name");
      if (!names.add(name)) {
        throw BadSetting.value(at + "name", name, "a name that no other pool has");
      }
      pools.add(
          new BasketPool(
              name,
              asset(one, at + "base", assets),
              asset(one, at + "quote", assets),
              one.integer(at + "fee-pips", 0, 999_999),
              one.real(at + "depth", 1e-9, 1e12),
              one.isSet(at + "noise-per-hour") ? one.real(at + "noise-per-hour", 0, 100_000) : 0,
              one.isSet(at + "noise-size") ? one.real(at + "noise-size", 0, 1e9) : 0));
    }
    return pools;
  }

  private static List<BasketFeed> feeds(Settings keys, List<BasketAsset> assets) {
    List<BasketFeed> feeds = new ArrayList<>();
    for (Settings one : keys.sections(AT + "feeds", OF_FEED)) {
      String at = AT + "feeds." + feeds.size() + ".";
      feeds.add(
          new BasketFeed(
              asset(one, at + "asset", assets),
              new OcrFeed.Terms(
                  one.integer(at + "decimals", 0, 18),
                  one.share(at + "threshold", 1, 10_000),
                  one.seconds(at + "heartbeat", 1, MOST),
                  one.seconds(at + "delay", 0, 86_400))));
    }
    return feeds;
  }

  private static String asset(Settings one, String key, List<BasketAsset> assets) {
    String admitted = "the symbol of one of " + AT + "assets";
    String symbol = one.text(key, admitted);
    if (assets.stream().noneMatch(asset -> asset.symbol().equals(symbol))) {
      throw BadSetting.value(key, symbol, admitted);
    }
    return symbol;
  }

  /** What a vault begins with of the assets of a basket but the numeraire. */
  static Map<String, BigDecimal> holdings(Settings keys, Market market) {
    Map<String, BigDecimal> holdings = new TreeMap<>();
    int number = 0;
    for (Settings one : keys.sections(HOLDINGS, OF_HOLDING)) {
      String at = HOLDINGS + "." + number++ + ".";
      if (!market.isBasket()) {
        throw new BadSetting(
            "The setting %s is of a market that is a basket: set backtest.vault.base and quote."
                .formatted(HOLDINGS));
      }
      String symbol = asset(one, at + "asset", market.basket().assets());
      if (symbol.equals(market.symbols().getFirst())) {
        throw BadSetting.value(at + "asset", symbol, "another asset; set backtest.vault.quote");
      }
      holdings.put(symbol, one.amountOrZero(at + "amount"));
    }
    return holdings;
  }
}

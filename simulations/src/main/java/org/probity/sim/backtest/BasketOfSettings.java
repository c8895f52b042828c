package org.probity.sim.backtest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.probity.chain.Address;
import org.probity.settings.BadSetting;
import org.probity.settings.PolicySettings;
import org.probity.sim.backtest.BacktestSettings.BasketMarket;
import org.probity.sim.scenario.Basket;

/** A market of several assets from the settings, at the addresses that their policy names. */
final class BasketOfSettings {

  private BasketOfSettings() {}

  static Basket of(BacktestSettings settings) {
    BasketMarket market = settings.market().basket();
    PolicySettings policy = settings.policy();
    int others = market.assets().size() - 1;
    try {
      return new Basket(
          assets(market, policy),
          correlation(market.correlation(), others),
          pools(market, policy),
          feeds(market, policy),
          market.stepSeconds(),
          settings.market().observations());
    } catch (IllegalArgumentException e) {
      throw new BadSetting("backtest.market.basket cannot be: %s.".formatted(e.getMessage()), e);
    }
  }

  /**
   * The asset of that name.
   *
   * @throws BadSetting if there is none
   */
  static Basket.Asset named(Basket basket, String symbol) {
    return basket.assets().stream()
        .filter(asset -> asset.symbol().equals(symbol))
        .findFirst()
        .orElseThrow(() ->
            new BadSetting(
                "%s.assets has %s, which is none of backtest.market.basket.assets: call it as the market does."
                    .formatted(MarketPolicy.AT, symbol)));
  }

  private static List<Basket.Asset> assets(BasketMarket market, PolicySettings policy) {
    List<Basket.Asset> assets = new ArrayList<>();
    for (BacktestSettings.BasketAsset asset : market.assets()) {
      Address token =
          policy.assets().stream()
              .filter(own -> own.name().equals(asset.symbol()))
              .flatMap(own -> own.token().stream())
              .findFirst()
              .orElse(Made.token(assets.size()));
      assets.add(
          new Basket.Asset(
              asset.symbol(),
              token,
              asset.decimals(),
              asset.price(),
              asset.volatility(),
              asset.drift(),
              asset.regimes()));
    }
    return assets;
  }

  private static List<List<Double>> correlation(double all, int count) {
    List<List<Double>> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<Double> row = new ArrayList<>(Collections.nCopies(count, all));
      row.set(i, 1.0);
      rows.add(row);
    }
    return rows;
  }

  private static List<Basket.Pool> pools(BasketMarket market, PolicySettings policy) {
    List<Basket.Pool> pools = new ArrayList<>();
    for (BacktestSettings.BasketPool pool : market.pools()) {
      Address place =
          policy.pools().stream()
              .filter(own -> own.name().equals(pool.name()))
              .map(PolicySettings.Pool::address)
              .findFirst()
              .orElse(Made.pool(pools.size()));
      pools.add(
          new Basket.Pool(
              place,
              index(market, pool.base()),
              index(market, pool.quote()),
              pool.feePips(),
              pool.depth(),
              pool.noisePerHour(),
              pool.noiseSize()));
    }
    return pools;
  }

  private static List<Basket.Feed> feeds(BasketMarket market, PolicySettings policy) {
    List<Basket.Feed> feeds = new ArrayList<>();
    for (BacktestSettings.BasketFeed feed : market.feeds()) {
      Address proxy =
          policy.assets().stream()
              .filter(own -> own.name().equals(feed.asset()))
              .flatMap(own -> own.feed().stream())
              .map(PolicySettings.Feed::proxy)
              .findFirst()
              .orElse(Made.feed(feeds.size()));
      feeds.add(new Basket.Feed(proxy, index(market, feed.asset()), feed.terms()));
    }
    return feeds;
  }

  private static int index(BasketMarket market, String symbol) {
    for (int i = 0; i < market.assets().size(); i++) {
      if (market.assets().get(i).symbol().equals(symbol)) {
        return i;
      }
    }
    throw new IllegalArgumentException("no asset is called " + symbol);
  }
}

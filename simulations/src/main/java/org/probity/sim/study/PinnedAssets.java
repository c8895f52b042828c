package org.probity.sim.study;

import java.math.BigInteger;
import java.util.Map;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.history.Candle;
import org.probity.sim.history.HistoryStore;
import org.probity.sim.history.PoolMinute;

/**
 * What a series says about its assets, written into settings, so that another series, or a setting
 * beside them, can take their place.
 */
record PinnedAssets(
    String base, String quote, int baseDecimals, int quoteDecimals, int baseToken, int feePips) {

  private static final double TICK = 1.0001;

  static PinnedAssets of(BacktestSettings settings) {
    var market = settings.market();
    var assets = market.assets();
    Map<String, String> facts =
        market.store().isPresent() && market.series().isPresent()
            ? HistoryStore.at(market.store().get()).manifest(market.series().get()).about()
            : Map.of();
    int baseToken =
        Integer.parseInt(market.fact("base-token", facts.get("base.token"), assets.baseToken()));
    String base = baseToken == 0 ? "token0.decimals" : "token1.decimals";
    String quote = baseToken == 0 ? "token1.decimals" : "token0.decimals";
    return new PinnedAssets(
        market.fact("base", facts.get("base"), assets.base()),
        market.fact("quote", facts.get("quote"), assets.quote()),
        Integer.parseInt(market.fact("base-decimals", facts.get(base), assets.baseDecimals())),
        Integer.parseInt(market.fact("quote-decimals", facts.get(quote), assets.quoteDecimals())),
        baseToken,
        Integer.parseInt(market.fact("fee-pips", facts.get("fee"), assets.feePips())));
  }

  /** The settings with these assets in them. */
  BacktestSettings in(BacktestSettings settings) {
    return settings
        .with("backtest.market.base", base)
        .with("backtest.market.quote", quote)
        .with("backtest.market.base-decimals", baseDecimals)
        .with("backtest.market.quote-decimals", quoteDecimals)
        .with("backtest.market.base-token", baseToken)
        .with("backtest.market.fee-pips", feePips);
  }

  PinnedAssets withFee(int pips) {
    return new PinnedAssets(base, quote, baseDecimals, quoteDecimals, baseToken, pips);
  }

  /** A minute of the pool as a candle of its price. */
  Candle candle(PoolMinute minute) {
    double one = price(minute.lowestTick());
    double other = price(minute.highestTick());
    double open = price(minute.openTick());
    double close = price(minute.closeTick());
    return new Candle(
        minute.time(),
        open,
        Math.max(Math.max(one, other), Math.max(open, close)),
        Math.min(Math.min(one, other), Math.min(open, close)),
        close,
        whole(baseToken == 0 ? minute.in0() : minute.in1(), baseDecimals));
  }

  /** Whole base tokens that the minute's liquidity has over every price. */
  double depth(PoolMinute minute) {
    double root = Math.sqrt(StrictMath.pow(TICK, minute.closeTick()));
    double units = minute.liquidity().doubleValue();
    return (baseToken == 0 ? units / root : units * root) / StrictMath.pow(10, baseDecimals);
  }

  private double price(int tick) {
    double raw = StrictMath.pow(TICK, baseToken == 0 ? tick : -tick);
    return raw * StrictMath.pow(10, baseDecimals - quoteDecimals);
  }

  private static double whole(BigInteger units, int decimals) {
    return new java.math.BigDecimal(units, decimals).doubleValue();
  }
}

package org.probity.sim.study;

import java.math.BigInteger;
import java.util.Map;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.BacktestSettings.Assets;
import org.probity.sim.history.Candle;
import org.probity.sim.history.HistoryStore;
import org.probity.sim.history.PoolMinute;

/**
 * What a series says about its assets, written into settings, so that another series, or a setting
 * beside them, can take their place.
 */
record PinnedAssets(Assets assets) {

  private static final double TICK = 1.0001;

  static PinnedAssets of(BacktestSettings settings) {
    var market = settings.market();
    return new PinnedAssets(
        market.assets(
            market.store().isPresent() && market.series().isPresent()
                ? HistoryStore.at(market.store().get()).manifest(market.series().get()).about()
                : Map.of()));
  }

  /** The settings with these assets in them. */
  BacktestSettings in(BacktestSettings settings) {
    return settings
        .with("backtest.market.base", assets.base())
        .with("backtest.market.quote", assets.quote())
        .with("backtest.market.base-decimals", assets.baseDecimals())
        .with("backtest.market.quote-decimals", assets.quoteDecimals())
        .with("backtest.market.base-token", assets.baseToken())
        .with("backtest.market.fee-pips", assets.feePips());
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
        whole(assets.baseToken() == 0 ? minute.in0() : minute.in1(), assets.baseDecimals()));
  }

  /** Whole base tokens that the minute's liquidity has over every price. */
  double depth(PoolMinute minute) {
    double root = Math.sqrt(StrictMath.pow(TICK, minute.closeTick()));
    double units = minute.liquidity().doubleValue();
    return (assets.baseToken() == 0 ? units / root : units * root)
        / StrictMath.pow(10, assets.baseDecimals());
  }

  private double price(int tick) {
    double raw = StrictMath.pow(TICK, assets.baseToken() == 0 ? tick : -tick);
    return raw * StrictMath.pow(10, assets.baseDecimals() - assets.quoteDecimals());
  }

  private static double whole(BigInteger units, int decimals) {
    return new java.math.BigDecimal(units, decimals).doubleValue();
  }
}

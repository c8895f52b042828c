package org.probity.sim.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.probity.settings.BadSetting;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.EquityCurve;
import org.probity.sim.history.Candle;
import org.probity.sim.history.CsvImport;
import org.probity.sim.history.HistoryStore;
import org.probity.sim.history.ImportListener;
import org.probity.sim.history.Tolerance;

/**
 * A market that can be cut into periods.
 *
 * <p>A recorded one can. An invented one begins anew wherever it is told to begin, with the same
 * prices: a test on a later period would be on the very prices of the sample. So its prices are
 * written down once, as candles, and arbitrage holds a pool to them.
 */
public final class MarketPeriods {

  private static final long MINUTE = 60;

  private MarketPeriods() {}

  /**
   * Settings of which each period is another part of one market.
   *
   * @param folder where the prices of an invented market are kept
   */
  public static BacktestSettings of(BacktestSettings settings, Path folder) {
    requirePair(settings);
    if (!settings.market().source().isInvented()) {
      return settings;
    }
    String series = "market-" + settings.digest().substring(0, 16);
    HistoryStore store = HistoryStore.at(folder.toAbsolutePath());
    if (store.find(series).isEmpty()) {
      write(candles(Onlooker.look(settings, MINUTE, _ -> {}).curve()), store, series);
    }
    return PinnedAssets.of(settings)
        .in(settings)
        .with("backtest.market.lending.borrowers", 0)
        .with("backtest.market.pair.depth", 0)
        .with("backtest.market.source", "candles")
        .with("backtest.market.store", store.folder().toString())
        .with("backtest.market.series", series);
  }

  /** Of several pools no candles could be written. */
  static void requirePair(BacktestSettings settings) {
    if (settings.market().isBasket()) {
      throw new BadSetting(
          "A market that is a basket begins anew with the same prices wherever it begins: take one of one pool, or monte-carlo, whose paths differ.");
    }
  }

  /** The whole period that settings run over. */
  public static Period whole(BacktestSettings settings) {
    BacktestResult result = Onlooker.look(settings, settings.policy().limits().step(), _ -> {});
    return new Period(result.curve().time(0), result.curve().time(result.curve().size() - 1));
  }

  private static List<Candle> candles(EquityCurve curve) {
    var candles = new ArrayList<Candle>();
    long first = Math.ceilDiv(curve.time(0), MINUTE) * MINUTE;
    long last = curve.time(curve.size() - 1);
    int at = 0;
    double open = curve.price(0);
    for (long time = first; time + MINUTE <= last; time += MINUTE) {
      double low = open;
      double high = open;
      while (at + 1 < curve.size() && curve.time(at + 1) <= time + MINUTE) {
        at++;
        low = Math.min(low, curve.price(at));
        high = Math.max(high, curve.price(at));
      }
      double close = curve.price(at);
      candles.add(new Candle(time, open, high, low, close, 0));
      open = close;
    }
    return candles;
  }

  private static void write(List<Candle> candles, HistoryStore store, String series) {
    try {
      Path csv = Files.createTempFile("probity-market-", ".csv");
      try {
        Files.write(csv, CandleLines.of(candles));
        new CsvImport(store, Tolerance.STRICT, ImportListener.NONE)
            .run(series, List.of(csv), new TreeMap<>());
      } finally {
        Files.deleteIfExists(csv);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

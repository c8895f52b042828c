package org.probity.sim.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.probity.sim.backtest.Backtest;
import org.probity.sim.backtest.BacktestListener;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.StrategyUnderTest;
import org.probity.sim.history.Candle;
import org.probity.sim.history.CsvImport;
import org.probity.sim.history.HistoryStore;
import org.probity.sim.history.ImportListener;
import org.probity.sim.history.PoolMinute;
import org.probity.sim.history.Tolerance;
import org.probity.sim.metrics.BlockBootstrap;

/**
 * Paths that history could have taken: blocks of a recorded market's candles, drawn by the
 * stationary bootstrap (Politis and Romano 1994) and joined. Within a block, moves follow each
 * other as they did; across blocks they are independent. Arbitrage holds a pool as deep as the
 * recorded one to the new prices.
 */
public final class ResampledMarket {

  private static final String SERIES = "path";

  private final BacktestSettings settings;
  private final List<Candle> candles = new ArrayList<>();
  private final double depth;
  private final BlockBootstrap bootstrap;
  private final long cadence;
  private final String sourceHash;
  private final PinnedAssets assets;

  /**
   * The market that settings record.
   *
   * @param blockMinutes mean length of a block
   * @throws IllegalArgumentException if they record none that can be resampled
   */
  public ResampledMarket(BacktestSettings settings, double blockMinutes) {
    this.settings = settings;
    HistoryStore store =
        HistoryStore.at(settings.market().store().orElseThrow(ResampledMarket::notRecorded));
    String series = settings.market().series().orElseThrow(ResampledMarket::notRecorded);
    this.sourceHash = store.manifest(series).hash();
    this.assets = PinnedAssets.of(settings);
    long from = settings.from().orElse(Long.MIN_VALUE);
    long to =
        settings
            .to()
            .orElseGet(() ->
                settings.days().isPresent() && settings.from().isPresent()
                    ? from + Math.round(settings.days().get() * 86_400)
                    : Long.MAX_VALUE);
    double known = settings.market().depth();
    switch (settings.market().source()) {
      case CANDLES ->
          store.candles(series).stream()
              .filter(c -> c.time() >= from && c.time() < to)
              .forEach(candles::add);
      case MINUTES -> {
        List<PoolMinute> minutes =
            store.poolMinutes(series).stream()
                .filter(m -> m.time() >= from && m.time() < to)
                .toList();
        minutes.forEach(minute -> candles.add(assets.candle(minute)));
        known = minutes.stream().mapToDouble(assets::depth).average().orElse(known);
      }
      default -> throw notRecorded();
    }
    if (candles.size() < 2) {
      throw new IllegalArgumentException(
          "The series %s has too few rows in the period to be resampled.".formatted(series));
    }
    this.depth = known;
    this.cadence = cadence(candles);
    this.bootstrap =
        new BlockBootstrap(
            BlockBootstrap.Kind.STATIONARY, Math.max(1, blockMinutes * 60 / cadence));
  }

  /** The least step of the record: its gaps are not part of a path. */
  private static long cadence(List<Candle> candles) {
    long least = Long.MAX_VALUE;
    for (int i = 1; i < candles.size(); i++) {
      least = Math.min(least, candles.get(i).time() - candles.get(i - 1).time());
    }
    return Math.max(1, least);
  }

  private static IllegalArgumentException notRecorded() {
    return new IllegalArgumentException(
        "Only recorded minutes or candles can be resampled: set backtest.market.source to minutes"
            + " or candles, with store and series.");
  }

  /** A run on the path of that seed. */
  public Job job(StrategyUnderTest strategy, long seed) {
    String key =
        BacktestJobs.hash(
            settings.digest(),
            strategy.digest().hex(),
            sourceHash,
            bootstrap.toString(),
            Long.toString(seed));
    return new Job(key, "path " + seed, () -> run(strategy, seed));
  }

  private RunSummary run(StrategyUnderTest strategy, long seed) {
    try {
      Path folder = Files.createTempDirectory("probity-path-");
      try {
        Path csv = folder.resolve("path.csv");
        Files.write(csv, CandleLines.of(path(seed)));
        HistoryStore store = HistoryStore.at(folder.resolve("store"));
        new CsvImport(store, Tolerance.STRICT, ImportListener.NONE)
            .run(SERIES, List.of(csv), new TreeMap<>());
        return RunSummary.of(Backtest.run(on(store, seed), strategy, BacktestListener.NONE));
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private BacktestSettings on(HistoryStore store, long seed) {
    BacktestSettings on =
        assets
            .in(settings)
            .with("backtest.market.source", "candles")
            .with("backtest.market.store", store.folder().toAbsolutePath().toString())
            .with("backtest.market.series", SERIES)
            .with("backtest.market.depth", depth)
            .with("backtest.seed", seed);
    // The first candles are the history of the first decision, whatever the recorded period was.
    return new Period(
            candles.getFirst().time(), candles.getFirst().time() + candles.size() * cadence)
        .of(on);
  }

  /** The candles of one path; the first price is the recorded one. */
  List<Candle> path(long seed) {
    int[] drawn = bootstrap.resample(candles.size(), new SplittableRandom(seed));
    var path = new ArrayList<Candle>();
    double close = candles.getFirst().open();
    for (int i = 0; i < drawn.length; i++) {
      Candle source = candles.get(drawn[i]);
      double before = drawn[i] == 0 ? source.open() : candles.get(drawn[i] - 1).close();
      double scale = close / before;
      path.add(
          new Candle(
              candles.getFirst().time() + i * cadence,
              source.open() * scale,
              source.high() * scale,
              source.low() * scale,
              source.close() * scale,
              source.volume()));
      close = source.close() * scale;
    }
    return path;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}

package org.probity.sim.study;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.probity.sim.backtest.Backtest;
import org.probity.sim.backtest.BacktestListener;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.BacktestSettings.StrategyChoice;
import org.probity.sim.backtest.StrategyUnderTest;
import org.probity.sim.history.HistoryStore;

/** Makes jobs of settings. A strategy that several runs use is read or trained once. */
public final class BacktestJobs {

  private final Map<StrategyChoice, StrategyUnderTest> strategies = new ConcurrentHashMap<>();

  /** The strategy that settings name. */
  public StrategyUnderTest strategy(BacktestSettings settings) {
    return strategies.computeIfAbsent(settings.strategy(), Backtest::strategy);
  }

  /** A run with the strategy that its settings name. */
  public Job job(BacktestSettings settings, String label) {
    return job(settings, strategy(settings), label);
  }

  /** A run with this strategy. */
  public Job job(BacktestSettings settings, StrategyUnderTest strategy, String label) {
    return new Job(
        key(settings, strategy),
        label,
        () -> RunSummary.of(Backtest.run(settings, strategy, BacktestListener.NONE)));
  }

  /** A hash of all that a run depends on, the content of its files included. */
  static String key(BacktestSettings settings, StrategyUnderTest strategy) {
    return hash(
        settings.digest(),
        strategy.digest().hex(),
        content(settings.market().store(), settings.market().series()),
        content(settings.gas().store(), settings.gas().series()));
  }

  private static String content(Optional<Path> store, Optional<String> series) {
    return store.isPresent() && series.isPresent()
        ? HistoryStore.at(store.get()).manifest(series.get()).hash()
        : "";
  }

  static String hash(String... parts) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256")
                  .digest(String.join("\n", parts).getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}

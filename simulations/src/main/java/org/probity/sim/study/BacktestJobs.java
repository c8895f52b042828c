package org.probity.sim.study;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.probity.ground.Sha256;
import org.probity.sim.backtest.Backtest;
import org.probity.sim.backtest.BacktestListener;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.BacktestSettings.StrategyChoice;
import org.probity.sim.backtest.StrategyUnderTest;
import org.probity.sim.history.HistoryStore;

/** Makes jobs of settings. A strategy that several runs use is read or trained once. */
public final class BacktestJobs {

  private final Map<StrategyChoice, StrategyUnderTest> strategies = new ConcurrentHashMap<>();
  private final Map<Sampled, ResampledMarket> markets = new ConcurrentHashMap<>();

  private record Sampled(String settings, double blockMinutes) {}

  /** The strategy that settings name. */
  public StrategyUnderTest strategy(BacktestSettings settings) {
    return strategies.computeIfAbsent(settings.strategy(), Backtest::strategy);
  }

  /** A run with the strategy that its settings name. */
  public Job job(BacktestSettings settings, String label) {
    return job(settings, strategy(settings), label);
  }

  /** A run with this strategy. Unless the settings name it, no other node can make the run. */
  public Job job(BacktestSettings settings, StrategyUnderTest strategy, String label) {
    return new Job(
        key(settings, strategy),
        label,
        () -> RunSummary.of(Backtest.run(settings, strategy, BacktestListener.NONE)),
        isNamed(settings, strategy)
            ? Optional.of(
                new Job.Portable(Recipe.of(settings), evidence(settings, strategy.digest().hex())))
            : Optional.empty());
  }

  /** A run with the strategy that its settings name, on a path of their resampled market. */
  public Job job(BacktestSettings settings, double blockMinutes, long seed) {
    StrategyUnderTest strategy = strategy(settings);
    ResampledMarket market =
        markets.computeIfAbsent(
            new Sampled(settings.digest(), blockMinutes),
            _ -> new ResampledMarket(settings, blockMinutes));
    Job job = market.job(strategy, seed);
    return new Job(
        job.key(),
        job.label(),
        job.run(),
        Optional.of(
            new Job.Portable(
                Recipe.of(settings).with(new Recipe.Resampling(blockMinutes, seed)),
                evidence(settings, strategy.digest().hex()))));
  }

  /**
   * The job that another node describes, of what this node has on disk.
   *
   * @param folder what relative paths of its settings are relative to here
   */
  public Job job(Recipe recipe, Path folder) {
    BacktestSettings settings = recipe.settings(folder);
    return recipe
        .resampling()
        .map(path -> job(settings, path.blockMinutes(), path.seed()))
        .orElseGet(() -> job(settings, "a run for another node"));
  }

  private boolean isNamed(BacktestSettings settings, StrategyUnderTest strategy) {
    return strategies.get(settings.strategy()) == strategy;
  }

  private static Evidence evidence(BacktestSettings settings, String model) {
    return Evidence.of(
        settings,
        model,
        content(settings.market().store(), settings.market().series()),
        content(settings.gas().store(), settings.gas().series()));
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
    return Sha256.hex(String.join("\n", parts));
  }
}

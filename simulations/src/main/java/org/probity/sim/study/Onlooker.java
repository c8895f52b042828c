package org.probity.sim.study;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.Policy;
import org.probity.settings.PolicySettings;
import org.probity.sim.backtest.Backtest;
import org.probity.sim.backtest.BacktestListener;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.StrategyUnderTest;
import org.probity.strategy.Strategy;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.zk.Decision;
import org.probity.zk.FeatureVector;

/** Runs a market of one pool with a strategy that only looks: what is seen is nobody's doing. */
final class Onlooker {

  /** What it sees: the returns of the pool and a vault's own books. */
  static final FeatureProgram PROGRAM = ExampleStrategies.PAIR_PROGRAM;

  private static final String HOLD = "hold";
  private static final List<String> OF_THE_MODEL =
      List.of("targets", "directions", "weight-step", "program");

  private Onlooker() {}

  /**
   * Runs the market.
   *
   * @param stepSeconds between two looks
   * @param seen told the features of each decision, in the order of the result's log
   */
  static BacktestResult look(
      BacktestSettings settings, long stepSeconds, Consumer<FeatureVector> seen) {
    Strategy strategy =
        features -> {
          seen.accept(features);
          return new Decision.Choice(0);
        };
    BacktestSettings looking = settings;
    for (String key : OF_THE_MODEL) {
      looking = looking.without("backtest.policy." + key).without("backtest.policy.model." + key);
    }
    return Backtest.run(
        looking
            .with("backtest.policy.targets", List.of(HOLD))
            .with("backtest.policy.step", "%s s".formatted(stepSeconds))
            .with("backtest.policy.max-age", "%s s".formatted(stepSeconds / 2))
            .without("backtest.policy.min-interval")
            .with("backtest.pace.send-holds", false)
            .with("backtest.proving.latency", 0),
        new StrategyUnderTest(
            "onlooker",
            List.of(HOLD),
            OptionalInt.empty(),
            Bytes32.of(new byte[Bytes32.SIZE]),
            PROGRAM,
            () -> strategy,
            Optional.empty()),
        BacktestListener.NONE);
  }

  static List<String> labels(PolicySettings policy) {
    List<List<Integer>> targets = policy.model().targets();
    return targets.size() == ExampleStrategies.ACTIONS.size()
        ? ExampleStrategies.ACTIONS
        : targets.stream().map(Onlooker::label).toList();
  }

  private static String label(List<Integer> weights) {
    return weights.stream().allMatch(weight -> weight == Policy.HOLD)
        ? HOLD
        : weights.stream()
            .map(weight -> weight == Policy.HOLD ? HOLD : weight + " bps")
            .collect(Collectors.joining(", ", "to ", ""));
  }
}

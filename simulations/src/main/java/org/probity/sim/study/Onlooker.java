package org.probity.sim.study;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.probity.ground.Bytes32;
import org.probity.settings.BadSetting;
import org.probity.sim.backtest.Backtest;
import org.probity.sim.backtest.BacktestListener;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.StrategyUnderTest;
import org.probity.strategy.Strategy;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.strategy.feature.TwapDefinition;
import org.probity.zk.Decision;
import org.probity.zk.FeatureVector;

/** Runs a market with a strategy that only looks: what is seen is nobody's doing. */
final class Onlooker {

  private Onlooker() {}

  /**
   * Runs the market.
   *
   * @param stepSeconds between two looks
   * @param seen told the features of each decision, in the order of the result's log
   */
  static BacktestResult look(
      BacktestSettings settings, long stepSeconds, Consumer<FeatureVector> seen) {
    int hold = holdingClass(settings);
    Strategy strategy =
        features -> {
          seen.accept(features);
          return new Decision.Choice(hold);
        };
    return Backtest.run(
        settings
            .with("backtest.policy.step-seconds", stepSeconds)
            .with("backtest.pace.send-holds", false)
            .with("backtest.proving.latency", 0),
        new StrategyUnderTest(
            "onlooker",
            labels(settings),
            Bytes32.of(new byte[Bytes32.SIZE]),
            TwapDefinition.STANDARD,
            () -> strategy,
            Optional.empty()),
        BacktestListener.NONE);
  }

  static List<String> labels(BacktestSettings settings) {
    List<OptionalInt> targets = settings.policy().targets();
    return targets.size() == ExampleStrategies.ACTIONS.size()
        ? ExampleStrategies.ACTIONS
        : targets.stream()
            .map(t -> t.isPresent() ? "to %s bps".formatted(t.getAsInt()) : "hold")
            .toList();
  }

  private static int holdingClass(BacktestSettings settings) {
    List<OptionalInt> targets = settings.policy().targets();
    for (int i = 0; i < targets.size(); i++) {
      if (targets.get(i).isEmpty()) {
        return i;
      }
    }
    throw new BadSetting(
        "backtest.policy.targets has no \"hold\": a decision that does nothing is needed here.");
  }
}

package org.probity.sim.study;

import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.probity.ground.Bytes32;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.StrategyUnderTest;
import org.probity.strategy.Strategy;
import org.probity.strategy.example.ExampleStrategies;
import org.probity.zk.Decision;

/** Small runs for tests. */
final class Runs {

  static final int REDUCE = 0;
  static final int HOLD = 1;
  static final int INCREASE = 2;

  private Runs() {}

  /** An invented market of so many days. */
  static BacktestSettings settings(double days, String more) {
    return BacktestSettings.read(
        ConfigFactory.parseString(
            "backtest { days = %s, market.source = synthetic, gas.gwei = 2 } %s"
                .formatted(days, more)),
        Path.of(""));
  }

  /** Something that decides, without a network. */
  static StrategyUnderTest strategy(String name, Strategy strategy) {
    byte[] digest = new byte[32];
    digest[0] = (byte) name.hashCode();
    return new StrategyUnderTest(
        name,
        List.of("reduce", "hold", "increase"),
        OptionalInt.empty(),
        Bytes32.of(digest),
        ExampleStrategies.PAIR_PROGRAM,
        () -> strategy,
        Optional.empty());
  }

  /** Follows the last hour. */
  static StrategyUnderTest momentum() {
    return strategy(
        "plain momentum",
        features ->
            new Decision.Choice(
                features.get(12) > 15 ? INCREASE : features.get(12) < -15 ? REDUCE : HOLD));
  }
}

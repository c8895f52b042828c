package org.probity.sim.backtest;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.probity.chain.Address;
import org.probity.intent.policy.Execution;
import org.probity.intent.policy.VaultDecision;
import org.probity.intent.source.Reports;
import org.probity.sim.scenario.Scenario;
import org.probity.strategy.PolicyTraining.Progress;
import org.probity.strategy.example.ExampleStrategies;

/**
 * The example of a vault of dollars, ether and bitcoin: ether in a pool with dollars, bitcoin in
 * one with ether, and a feed of bitcoin's price.
 */
final class Rotation {

  static final int STEP = 600;

  /** The first moment of its market, 1 January 2024. */
  static final long FROM = 1_704_067_200L;

  static final StrategyUnderTest STRATEGY =
      StrategyUnderTest.of(ExampleStrategies.rotation(7, Progress.NONE).quantise());

  final Scenario scenario;
  final SimulatedVault vault;
  final SimulatedFeatures features;

  Rotation(long seed) {
    this(seed, 60_000, "0.4");
  }

  /**
   * @param depth whole ether in its pool with dollars
   * @param bitcoin that the vault begins with
   */
  Rotation(long seed, double depth, String bitcoin) {
    BacktestSettings settings =
        settings(1, seed)
            .with("backtest.policy.max-drift", 80)
            .with("backtest.market.basket.pools", pools(depth))
            .with(
                "backtest.vault.holdings",
                List.of(
                    Map.of("asset", "WETH", "amount", 12),
                    Map.of("asset", "WBTC", "amount", bitcoin)));
    World world = World.open(settings, STRATEGY.program().historySeconds());
    world.scenario().advanceTo(world.from() - 1);
    World.Drafted drafted = world.drafted(settings.policy(), STRATEGY);
    this.scenario = world.scenario();
    this.vault = Engine.vault(settings, world, drafted.policy());
    this.features = new SimulatedFeatures(vault, drafted.program(), Reports.NONE);
  }

  private static List<Map<String, Object>> pools(double depth) {
    return List.of(
        Map.of("name", "weth-usd", "base", "WETH", "quote", "USD", "fee-pips", 500, "depth", depth),
        Map.of(
            "name", "wbtc-weth", "base", "WBTC", "quote", "WETH", "fee-pips", 500, "depth", 2_500));
  }

  /** Those of the example's file. */
  static BacktestSettings settings(int hours, long seed) {
    return BacktestSettings.load(
            Path.of(System.getProperty("probity.home", ".."), "examples", "backtest-rotation.conf"))
        .with("backtest.days", hours / 24.0)
        .with("backtest.seed", seed);
  }

  Execution execute(VaultDecision decision, long now) {
    return vault.execute(decision, Address.ZERO, now).execution();
  }
}

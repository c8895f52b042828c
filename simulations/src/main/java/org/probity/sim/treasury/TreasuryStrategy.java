package org.probity.sim.treasury;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.probity.ground.Bytes32;
import org.probity.sim.backtest.BacktestRefused;
import org.probity.strategy.CompiledStrategy;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.Strategy;
import org.probity.strategy.StrategyBundle;
import org.probity.strategy.StrategyManifest;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.zk.Network;

/**
 * What a backtest of the next vault lets decide.
 *
 * @param name for whoever reads the result
 * @param decisions label of each output
 * @param digest of the model's key; empty if nobody has committed to the model yet
 * @param program what its inputs are
 * @param decider gives a strategy for the use of one run
 */
public record TreasuryStrategy(
    String name,
    List<String> decisions,
    Optional<Bytes32> digest,
    FeatureProgram program,
    Supplier<Strategy> decider) {

  public TreasuryStrategy {
    decisions = List.copyOf(decisions);
  }

  /** A strategy as its owner keeps it. */
  public static TreasuryStrategy of(StrategyBundle bundle) {
    return of(bundle.manifest(), bundle.network(), Optional.of(bundle.model().key().digest()));
  }

  /** A strategy that nobody has committed to yet. */
  public static TreasuryStrategy of(QuantisedStrategy strategy) {
    return of(strategy.manifest(), strategy.network(), Optional.empty());
  }

  private static TreasuryStrategy of(
      StrategyManifest manifest, Network network, Optional<Bytes32> digest) {
    FeatureProgram program =
        manifest
            .program()
            .orElseThrow(() ->
                new BacktestRefused(
                    "The strategy %s does not say its feature program, so a vault cannot compute its inputs: use one made for a program."
                        .formatted(manifest.name())));
    return new TreasuryStrategy(
        manifest.name(),
        manifest.outputs(),
        digest,
        program,
        () -> new CompiledStrategy(network, manifest.features()));
  }
}

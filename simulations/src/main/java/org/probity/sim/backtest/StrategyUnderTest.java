package org.probity.sim.backtest;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.strategy.CompiledStrategy;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.Strategy;
import org.probity.strategy.StrategyBundle;
import org.probity.strategy.StrategyManifest;
import org.probity.strategy.feature.TwapDefinition;
import org.probity.zk.Dense;
import org.probity.zk.Network;

/**
 * What a backtest lets decide.
 *
 * @param name for the report
 * @param decisions label of each class
 * @param digest of the model: of its key, or of its integers if it has none
 * @param features the horizons of its features
 * @param decider gives a strategy for the use of one run
 * @param network its integers, for proofs; empty if it is no network
 */
public record StrategyUnderTest(
    String name,
    List<String> decisions,
    Bytes32 digest,
    TwapDefinition features,
    Supplier<Strategy> decider,
    Optional<Network> network) {

  public StrategyUnderTest {
    decisions = List.copyOf(decisions);
  }

  /** A strategy as its owner keeps it. */
  public static StrategyUnderTest of(StrategyBundle bundle) {
    return of(bundle.manifest(), bundle.network(), bundle.model().key().digest());
  }

  /** A strategy that nobody has committed to yet. */
  public static StrategyUnderTest of(QuantisedStrategy strategy) {
    return of(strategy.manifest(), strategy.network(), digest(strategy.network()));
  }

  private static StrategyUnderTest of(StrategyManifest manifest, Network network, Bytes32 digest) {
    return new StrategyUnderTest(
        manifest.name(),
        manifest.outputs(),
        digest,
        definition(manifest),
        () -> new CompiledStrategy(network, manifest.features()),
        Optional.of(network));
  }

  /** The features of a vault, by the horizons that the strategy was made for. */
  private static TwapDefinition definition(StrategyManifest manifest) {
    List<Integer> horizons = manifest.features().horizonsSeconds();
    if (horizons.isEmpty()) {
      throw new BacktestRefused(
          "The strategy %s does not say the horizons of its features, so a vault cannot compute them: use one made for a vault."
              .formatted(manifest.name()));
    }
    return new TwapDefinition(horizons, TwapDefinition.STANDARD.referenceHorizon());
  }

  /** Of shapes, weights and biases, in order. */
  private static Bytes32 digest(Network network) {
    var parts = new java.util.ArrayList<byte[]>();
    parts.add(network.architecture().toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    for (Dense layer : network.layers()) {
      parts.add(bytes(layer.weights()));
      parts.add(bytes(layer.biases()));
    }
    return Keccak.hash(parts.toArray(byte[][]::new));
  }

  private static byte[] bytes(int[] values) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length);
    buffer.asIntBuffer().put(values);
    return buffer.array();
  }
}

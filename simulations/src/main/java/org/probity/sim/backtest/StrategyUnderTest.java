package org.probity.sim.backtest;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.strategy.CompiledStrategy;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.Strategy;
import org.probity.strategy.StrategyBundle;
import org.probity.strategy.StrategyManifest;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.zk.Dense;
import org.probity.zk.Network;

/**
 * What a backtest lets decide.
 *
 * @param name for the report
 * @param decisions label of each output
 * @param weightStepBps the basis points that one unit of output means where outputs are weights;
 *     empty where its output is a choice
 * @param digest of the model: of its key, or of its integers if it has none
 * @param program what its inputs are
 * @param decider gives a strategy for the use of one run
 * @param network its integers, for proofs; empty if it is no network
 */
public record StrategyUnderTest(
    String name,
    List<String> decisions,
    OptionalInt weightStepBps,
    Bytes32 digest,
    FeatureProgram program,
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
    FeatureProgram program =
        manifest
            .program()
            .orElseThrow(() ->
                new BacktestRefused(
                    "The strategy %s does not say its feature program, so a vault cannot compute its inputs: use one made for a program."
                        .formatted(manifest.name())));
    return new StrategyUnderTest(
        manifest.name(),
        manifest.outputs(),
        manifest.weightStepBps(),
        digest,
        program,
        () -> new CompiledStrategy(network, manifest.features()),
        Optional.of(network));
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

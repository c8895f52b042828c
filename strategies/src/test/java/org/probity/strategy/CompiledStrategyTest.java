package org.probity.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.probity.ground.TestKind;
import org.probity.zk.Architecture;
import org.probity.zk.Decision;
import org.probity.zk.Dense;
import org.probity.zk.FeatureVector;
import org.probity.zk.Layer;
import org.probity.zk.Network;
import org.probity.zk.Readout;

@TestKind.Differential
class CompiledStrategyTest {

  private static final FeatureDefinition FEATURES = Networks.uniform(20, -4095, 4095);

  @Test
  void decidesAsPyTorchAndTheReferenceDo() {
    var random = new Random(5);
    for (Readout readout : Readout.values()) {
      for (List<Integer> widths : List.of(List.of(3), List.of(128, 128, 3), List.of(7, 65, 2))) {
        FeatureDefinition features = Networks.ranges(random, 20);
        Network network =
            Networks.quantise(Networks.random(random, 20, widths, readout), features).network();
        List<FeatureVector> vectors = Networks.vectors(random, features, 2000);
        List<Decision> compiled = new CompiledStrategy(network, features).decideAll(vectors);
        assertThat(compiled).isEqualTo(Strategy.reference(network).decideAll(vectors));
        try (var torch = new DjlStrategy(network, features)) {
          assertThat(compiled).isEqualTo(torch.decideAll(vectors));
        }
      }
    }
  }

  @Test
  void sumsThatWrapOnTheWayAreExact() {
    // 2^30 + 2^30 - 2^31 + x: the partial sum leaves 31 bits, the whole does not.
    var network =
        new Network(
            new Architecture(4, List.of(new Layer(1, 0)), Readout.LINEAR, 0),
            List.of(new Dense(new int[] {1 << 20, 1 << 20, -(1 << 20), 1}, new int[] {3})));
    var features =
        new FeatureDefinition(
            List.of(
                new FeatureDefinition.Feature("a", "", 0, 1000),
                new FeatureDefinition.Feature("b", "", 0, 1000),
                new FeatureDefinition.Feature("c", "", 0, 2000),
                new FeatureDefinition.Feature("d", "", -5, 5)));
    FeatureVector vector = FeatureVector.of(1000, 1000, 2000, -5);
    assertThat(new CompiledStrategy(network, features).decide(vector))
        .isEqualTo(new Decision.Outputs(List.of(-2)))
        .isEqualTo(network.decide(vector));
  }

  @Test
  void featuresOutsideOfTheirRangeAreRefused() {
    Network network = Networks.single(Readout.ARGMAX, 0, new int[] {1, 2}, new int[2]);
    var strategy = new CompiledStrategy(network, Networks.uniform(1, -10, 10));
    assertThatThrownBy(() -> strategy.decide(FeatureVector.of(11)))
        .hasMessageContaining("leaves its range -10..10");
    assertThatThrownBy(() -> strategy.decide(FeatureVector.of(1, 1)))
        .hasMessageContaining("takes 1 features, not 2");
  }

  @Test
  void saysNothingOfItsWeights() {
    Network network =
        Networks.quantise(
                Networks.random(new Random(1), 20, List.of(8, 3), Readout.ARGMAX), FEATURES)
            .network();
    assertThat(new CompiledStrategy(network, FEATURES))
        .hasToString("CompiledStrategy[" + network.architecture() + "]");
  }
}

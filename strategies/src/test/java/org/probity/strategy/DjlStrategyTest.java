package org.probity.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
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
class DjlStrategyTest {

  private static final FeatureDefinition FEATURES = Networks.uniform(20, -4095, 4095);

  @Test
  void decidesAsTheReferenceOnThousandsOfRandomAndExtremeVectors() {
    var random = new Random(3);
    for (Readout readout : Readout.values()) {
      Network network =
          Networks.quantise(Networks.random(random, 20, List.of(128, 128, 3), readout), FEATURES)
              .network();
      List<FeatureVector> vectors = Networks.vectors(random, FEATURES, 5000);
      try (var torch = new DjlStrategy(network, FEATURES)) {
        assertThat(torch.decideAll(vectors))
            .isEqualTo(Strategy.reference(network).decideAll(vectors));
      }
    }
  }

  @Test
  void theLowestIndexWinsATie() {
    // Outputs 1, 2 and 4 are equal and greatest for x > 0; all five are equal for x = 0.
    Network network = Networks.single(Readout.ARGMAX, 0, new int[] {1, 7, 7, -3, 7}, new int[5]);
    var features = Networks.uniform(1, -10, 10);
    try (var torch = new DjlStrategy(network, features)) {
      assertThat(
              torch.decideAll(
                  List.of(FeatureVector.of(5), FeatureVector.of(0), FeatureVector.of(-5))))
          .containsExactly(new Decision.Choice(1), new Decision.Choice(0), new Decision.Choice(3));
    }
  }

  @Test
  void valuesAtTheVeryLimitAreExact() {
    // One hidden neuron reaches 2^31 - 1, where float32 is off by 127 and a shift by one matters.
    int greatest = Integer.MAX_VALUE;
    for (int shift : new int[] {0, 1, 7, 30}) {
      var network =
          new Network(
              new Architecture(1, List.of(new Layer(2, shift), new Layer(2, 0)), Readout.LINEAR, 0),
              List.of(
                  new Dense(new int[] {1, -1}, new int[] {greatest - 8, greatest - 8}),
                  new Dense(new int[] {1, -1, 0, 1}, new int[2])));
      var features = Networks.uniform(1, -8, 8);
      try (var torch = new DjlStrategy(network, features)) {
        for (int x = -8; x <= 8; x++) {
          int up = (greatest - 8 + x) >> shift;
          int down = (greatest - 8 - x) >> shift;
          assertThat(torch.decide(FeatureVector.of(x)))
              .isEqualTo(new Decision.Outputs(List.of(up - down, down)))
              .isEqualTo(network.decide(FeatureVector.of(x)));
        }
      }
    }
  }

  @Test
  void negativeOutputsAreRoundedDown() {
    Network network = Networks.single(Readout.LINEAR, 2, new int[] {1}, new int[] {0});
    var features = Networks.uniform(1, -10, 10);
    try (var torch = new DjlStrategy(network, features)) {
      assertThat(torch.decide(FeatureVector.of(-5))).isEqualTo(new Decision.Outputs(List.of(-2)));
      assertThat(network.decide(FeatureVector.of(-5))).isEqualTo(new Decision.Outputs(List.of(-2)));
    }
  }

  @Test
  void oneByOneOrAllAtOnceIsTheSame() {
    var random = new Random(9);
    Network network =
        Networks.quantise(Networks.random(random, 20, List.of(16, 3), Readout.ARGMAX), FEATURES)
            .network();
    List<FeatureVector> vectors = Networks.vectors(random, FEATURES, 300);
    try (var torch = new DjlStrategy(network, FEATURES)) {
      assertThat(torch.decideAll(vectors)).isEqualTo(vectors.stream().map(torch::decide).toList());
      assertThat(torch.decideAll(List.of())).isEmpty();
    }
  }

  @Test
  void manyThreadsMayShareIt() {
    var random = new Random(10);
    Network network =
        Networks.quantise(Networks.random(random, 20, List.of(32, 3), Readout.ARGMAX), FEATURES)
            .network();
    List<FeatureVector> vectors = Networks.vectors(random, FEATURES, 500);
    try (var torch = new DjlStrategy(network, FEATURES)) {
      List<Decision> parallel = vectors.parallelStream().map(torch::decide).toList();
      assertThat(parallel).isEqualTo(Strategy.reference(network).decideAll(vectors));
    }
  }

  @Test
  void callsLeaveNoNativeArraysBehind() {
    Network network = Networks.single(Readout.ARGMAX, 0, new int[] {1, 2}, new int[2]);
    try (var torch = new DjlStrategy(network, Networks.uniform(1, -10, 10))) {
      torch.decide(FeatureVector.of(1));
      int held = torch.heldArrays();
      IntStream.range(0, 100).forEach(i -> torch.decide(FeatureVector.of(i % 10)));
      assertThat(torch.heldArrays()).isEqualTo(held);
    }
  }

  @Test
  void featuresOutsideTheirRangeAreRefused() {
    Network network = Networks.single(Readout.ARGMAX, 0, new int[] {1, 2}, new int[2]);
    try (var torch = new DjlStrategy(network, Networks.uniform(1, -10, 10))) {
      assertThatThrownBy(() -> torch.decide(FeatureVector.of(11)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "Feature 0 (x0) is 11 and leaves its range -10..10: clamp it in the feature source.");
      assertThatThrownBy(() -> torch.decide(FeatureVector.of(1, 2)))
          .hasMessageContaining("takes 1 features, not 2");
    }
  }

  @Test
  void aNetworkThatCouldOverflowIsRefused() {
    Network network = Networks.single(Readout.ARGMAX, 0, new int[] {1 << 30, 2}, new int[2]);
    assertThatThrownBy(() -> new DjlStrategy(network, Networks.uniform(1, -10, 10)))
        .isInstanceOf(StrategyRefusedException.class);
  }
}

package org.probity.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.probity.strategy.IntervalAnalysis.Bounds;
import org.probity.zk.Architecture;
import org.probity.zk.Dense;
import org.probity.zk.FeatureVector;
import org.probity.zk.Layer;
import org.probity.zk.Network;
import org.probity.zk.Readout;

class IntervalAnalysisTest {

  private static final FeatureDefinition HUNDRED = Networks.uniform(1, -100, 100);

  @Test
  void aValueThatReachesTwoToThe31IsRefusedAndOneBelowIsNot() {
    int weight = 1 << 24;
    int greatest = Integer.MAX_VALUE - 100 * weight;
    assertThatCode(() -> check(Readout.LINEAR, weight, greatest, HUNDRED))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> check(Readout.LINEAR, weight, greatest + 1, HUNDRED))
        .isInstanceOf(StrategyRefusedException.class)
        .hasMessageContaining("Layer 1 can overflow")
        .hasMessageContaining("quantise the network again");
    assertThatThrownBy(() -> check(Readout.LINEAR, weight, -greatest - 1, HUNDRED))
        .hasMessageContaining("Layer 1 can overflow");
  }

  @Test
  void theReferenceOverflowsExactlyWhereTheAnalysisSaysItCould() {
    int weight = 1 << 24;
    int tooMuch = Integer.MAX_VALUE - 100 * weight + 1;
    Network network = Networks.single(Readout.LINEAR, 0, new int[] {weight}, new int[] {tooMuch});
    assertThatThrownBy(() -> network.decide(FeatureVector.of(100)))
        .isInstanceOf(ArithmeticException.class);
    assertThatCode(() -> network.decide(FeatureVector.of(99))).doesNotThrowAnyException();
  }

  @Test
  void aLogitThatFallsToThePaddingIsRefused() {
    assertThatThrownBy(() -> check(Readout.ARGMAX, 1, 100 - (1 << 30), HUNDRED))
        .hasMessageContaining("falls to -2^30");
    assertThatCode(() -> check(Readout.ARGMAX, 1, 101 - (1 << 30), HUNDRED))
        .doesNotThrowAnyException();
  }

  @Test
  void sumsBeyond64BitsAreRefusedToo() {
    int many = 8;
    int[] weights = new int[many];
    java.util.Arrays.fill(weights, Integer.MAX_VALUE);
    Network network = Networks.single(Readout.LINEAR, 0, weights, new int[] {0});
    var widest = Networks.uniform(many, -Integer.MAX_VALUE, Integer.MAX_VALUE);
    assertThatThrownBy(() -> IntervalAnalysis.require(network, widest))
        .isInstanceOf(StrategyRefusedException.class);
  }

  @Test
  void anOverflowInALaterLayerIsFoundThoughNoTypicalVectorShowsIt() {
    // Both hidden neurons are full only for opposite features: the analysis does not know, and may
    // not guess.
    var network =
        new Network(
            new Architecture(1, List.of(new Layer(2, 0), new Layer(1, 0)), Readout.LINEAR, 0),
            List.of(
                new Dense(new int[] {1 << 23, -(1 << 23)}, new int[2]),
                new Dense(new int[] {2, 2}, new int[1])));
    assertThatThrownBy(() -> IntervalAnalysis.require(network, HUNDRED))
        .hasMessageContaining("Layer 2 can overflow");
  }

  @Property(tries = 200)
  void theBoundsOfTheFirstLayerAreReachedAndNeverPassed(@ForAll long seed) {
    var random = new Random(seed);
    int inputs = 1 + random.nextInt(6);
    int outputs = 1 + random.nextInt(4);
    FeatureDefinition features = Networks.ranges(random, inputs);
    int[] weights = random.ints((long) inputs * outputs, -500, 500).toArray();
    int[] biases = random.ints(outputs, -500, 500).toArray();
    Bounds bounds =
        IntervalAnalysis.require(Networks.single(Readout.LINEAR, 0, weights, biases), features)
            .getFirst();
    for (int i = 0; i < outputs; i++) {
      // All corners: an independent, exhaustive way.
      long least = Long.MAX_VALUE;
      long greatest = Long.MIN_VALUE;
      for (int corner = 0; corner < 1 << inputs; corner++) {
        long z = biases[i];
        for (int j = 0; j < inputs; j++) {
          var feature = features.features().get(j);
          z +=
              (long) weights[i * inputs + j]
                  * ((corner >> j & 1) == 0 ? feature.min() : feature.max());
        }
        least = Math.min(least, z);
        greatest = Math.max(greatest, z);
      }
      assertThat(bounds.least()[i]).isEqualTo(least);
      assertThat(bounds.greatest()[i]).isEqualTo(greatest);
    }
  }

  private static void check(Readout readout, int weight, int bias, FeatureDefinition features) {
    IntervalAnalysis.require(
        Networks.single(readout, 0, new int[] {weight}, new int[] {bias}), features);
  }
}

package org.probity.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.probity.strategy.FloatNetwork.FloatLayer;
import org.probity.strategy.Quantisation.Quantised;
import org.probity.zk.Decision;
import org.probity.zk.FeatureVector;
import org.probity.zk.Readout;

class QuantisationTest {

  @Property(tries = 150)
  void aQuantisedNetworkNeverOverflowsWithinItsRangesAndPyTorchAgreesBitForBit(@ForAll long seed) {
    var random = new Random(seed);
    int inputs = 1 + random.nextInt(24);
    var widths = new ArrayList<Integer>();
    for (int l = random.nextInt(3); l >= 0; l--) {
      widths.add(1 + random.nextInt(20));
    }
    Readout readout = random.nextBoolean() ? Readout.ARGMAX : Readout.LINEAR;
    FeatureDefinition features = Networks.ranges(random, inputs);
    FloatNetwork real = Networks.random(random, inputs, widths, readout);
    Quantised quantised = Networks.quantise(real, features);

    IntervalAnalysis.require(quantised.network(), features);
    List<FeatureVector> vectors = Networks.vectors(random, features, 100);
    // The reference throws on any overflow.
    List<Decision> reference = Strategy.reference(quantised.network()).decideAll(vectors);
    try (var torch = new DjlStrategy(quantised.network(), features)) {
      assertThat(torch.decideAll(vectors)).isEqualTo(reference);
    }
  }

  @Property(tries = 40)
  void theSameNetworkGivesTheSameIntegers(@ForAll long seed) {
    FloatNetwork real = Networks.random(new Random(seed), 5, List.of(8, 8, 3), Readout.ARGMAX);
    FeatureDefinition features = Networks.ranges(new Random(~seed), 5);
    Quantised once = Networks.quantise(real, features);
    Quantised again = Networks.quantise(real, features);
    assertThat(once.network().architecture()).isEqualTo(again.network().architecture());
    for (int l = 0; l < 3; l++) {
      assertThat(once.network().layers().get(l).weights())
          .isEqualTo(again.network().layers().get(l).weights());
      assertThat(once.network().layers().get(l).biases())
          .isEqualTo(again.network().layers().get(l).biases());
    }
  }

  @Test
  void integersComeCloseToTheRealNetwork() {
    var random = new Random(5);
    var features = Networks.uniform(20, -4095, 4095);
    FloatNetwork real = Networks.random(random, 20, List.of(64, 64, 3), Readout.ARGMAX);
    Quantised quantised = Networks.quantise(real, features);
    var report =
        AgreementReport.measure(
            real, quantised, features, Networks.vectors(random, features, 2000));
    assertThat(report.share()).isGreaterThan(0.995);
    assertThat(report.largestError()).isLessThan(5e-3);
  }

  @Test
  void aLinearHeadGivesFixedPointNumbers() {
    var real =
        new FloatNetwork(
            1, List.of(new FloatLayer(new double[] {0.5}, new double[] {-0.25})), Readout.LINEAR);
    var features = Networks.uniform(1, -100, 100);
    Quantised quantised = Networks.quantise(real, features);
    assertThat(Math.log(quantised.outputScale()) / Math.log(2)).isEqualTo(16);
    // 0.5 * -3 - 0.25 = -1.75
    assertThat(quantised.network().decide(FeatureVector.of(-3)))
        .isEqualTo(new Decision.Outputs(List.of((int) (-1.75 * 65_536))));
  }

  @Test
  void aLinearNetworkAgreesWithinATolerance() {
    var random = new Random(11);
    var features = Networks.uniform(8, -1000, 1000);
    FloatNetwork real = Networks.random(random, 8, List.of(32, 4), Readout.LINEAR);
    var report =
        AgreementReport.measure(
            real,
            Networks.quantise(real, features),
            features,
            Networks.vectors(random, features, 500));
    assertThat(report.agreed()).isEqualTo(500);
    assertThat(report.largestError()).isLessThan(5e-3);
  }

  @Test
  void aNetworkTooWideForExactSumsIsRefused() {
    // 20,000 neurons that can all be full at once leave no room for the next layer's weights.
    int wide = 20_000;
    double[] ones = new double[wide];
    java.util.Arrays.fill(ones, 1);
    double[] spread = new double[wide];
    java.util.Arrays.setAll(spread, i -> i == 0 ? 1 : 1000);
    var real =
        new FloatNetwork(
            1,
            List.of(new FloatLayer(spread, new double[wide]), new FloatLayer(ones, new double[1])),
            Readout.LINEAR);
    var features = Networks.uniform(1, -2_000_000_000, 2_000_000_000);
    assertThatThrownBy(() -> Networks.quantise(real, features))
        .isInstanceOf(StrategyRefusedException.class)
        .hasMessageContaining("Layer 1 of the network is too wide")
        .hasMessageContaining("narrower");
  }

  @Test
  void weightsThatAreNotNumbersAreRefused() {
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() ->
              new FloatNetwork(
                  2, List.of(new FloatLayer(new double[] {1, bad}, new double[1])), Readout.ARGMAX))
          .isInstanceOf(StrategyRefusedException.class)
          .hasMessageContaining("Layer 1: weight 1 is not a finite number");
    }
  }

  @Test
  void anotherNumberOfFeaturesIsRefused() {
    FloatNetwork real = Networks.random(new Random(1), 4, List.of(3), Readout.ARGMAX);
    assertThatThrownBy(() -> Networks.quantise(real, Networks.uniform(5, 0, 1)))
        .hasMessageContaining("4 inputs but the feature definition 5 features");
  }

  @Test
  void aNetworkOfZerosQuantises() {
    var real =
        new FloatNetwork(
            2,
            List.of(
                new FloatLayer(new double[6], new double[3]),
                new FloatLayer(new double[6], new double[2])),
            Readout.ARGMAX);
    Quantised quantised = Networks.quantise(real, Networks.uniform(2, -10, 10));
    assertThat(quantised.network().decide(FeatureVector.of(3, 4)))
        .isEqualTo(new Decision.Choice(0));
  }
}

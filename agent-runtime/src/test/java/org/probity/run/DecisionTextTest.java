package org.probity.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.probity.strategy.FloatNetwork;
import org.probity.strategy.StrategyManifest;
import org.probity.strategy.TrainedStrategy;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.zk.Decision;
import org.probity.zk.Readout;

/** Decisions as a reader says them. */
final class DecisionTextTest {

  private static final FeatureProgram PROGRAM = new FeatureProgram(List.of(new OwnBooks(3)));

  @Test
  void aChoiceIsItsLabelAndWeightsAreThoseOfTheirAssets() {
    StrategyManifest choosing = manifest(Readout.ARGMAX);
    assertThat(DecisionText.of(new Decision.Choice(1), choosing)).isEqualTo("WBTC");
    assertThat(DecisionText.of(new Decision.Choice(2), choosing)).isEqualTo("decision 2");
    assertThat(DecisionText.of(new Decision.Outputs(List.of(10, 1)), manifest(Readout.LINEAR)))
        .isEqualTo("WETH 25 %, WBTC 2.5 %");
    assertThat(DecisionText.of(new Decision.Outputs(List.of(10, 1)), List.of()))
        .isEqualTo("[10, 1]");
  }

  private static StrategyManifest manifest(Readout readout) {
    int inputs = PROGRAM.width();
    FloatNetwork network =
        new FloatNetwork(
            inputs,
            List.of(
                new FloatNetwork.FloatLayer(ones(inputs * 2), new double[2]),
                new FloatNetwork.FloatLayer(ones(4), new double[2])),
            readout);
    return TrainedStrategy.of("a", PROGRAM, List.of("WETH", "WBTC"), network).quantise().manifest();
  }

  private static double[] ones(int count) {
    double[] all = new double[count];
    Arrays.fill(all, 1e-3);
    return all;
  }
}

package org.probity.strategy.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.probity.strategy.CompiledStrategy;
import org.probity.strategy.PolicyTraining.Progress;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.Strategy;
import org.probity.strategy.example.ExampleStrategies.Example;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.OwnLoans;
import org.probity.strategy.feature.TwapReturns;
import org.probity.zk.Decision;
import org.probity.zk.FeatureVector;

/** A strategy that is trained for a vault with loans. */
class LendingTest {

  private static final Example EXAMPLE = ExampleStrategies.lending(7, Progress.NONE);
  private static final QuantisedStrategy QUANTISED = EXAMPLE.quantise();

  @Test
  void theSameSeedGivesTheSameIntegersBitForBit() {
    assertThat(weights(brief(7))).isEqualTo(weights(brief(7))).isNotEqualTo(weights(brief(8)));
  }

  private static QuantisedStrategy brief(long seed) {
    return ExampleStrategies.lending(seed, 2_000, 500, 40, Progress.NONE).quantise();
  }

  private static List<List<Integer>> weights(QuantisedStrategy strategy) {
    return strategy.network().layers().stream()
        .map(layer -> Arrays.stream(layer.weights()).boxed().toList())
        .toList();
  }

  @Test
  void itSaysWhatItWasTrainedFor() {
    assertThat(QUANTISED.manifest().program().orElseThrow().entries())
        .hasExactlyElementsOfTypes(
            TwapReturns.class, TwapReturns.class, OwnBooks.class, OwnLoans.class);
    assertThat(QUANTISED.manifest().outputs()).isEqualTo(ExampleStrategies.LENDING_ACTIONS);
  }

  @Test
  void itDecidesFarBetterThanARuleOnAMarketItWasNotTrainedOn() {
    TrainingReport report = EXAMPLE.report();
    assertThat(report.payoff())
        .as("%s", report)
        .isGreaterThan(report.rulePayoff() + 5)
        .isLessThan(report.knowingPayoff());
    assertThat(report.realisedPayoff()).as("%s", report).isGreaterThan(report.rulePayoff());
  }

  @Test
  void itSeldomLeavesAVaultThatIsAboutToBeLiquidatedAlone() {
    int health = ExampleStrategies.LENDING_PROGRAM.width() - new OwnLoans(3).width();
    List<FeatureVector> near =
        EXAMPLE.heldOut().stream()
            .filter(features -> features.get(health) < 108)
            .filter(features -> features.get(health - 1) < 5_000) // of the allowance is used
            .filter(features -> features.get(health + 2) > -3_000) // a fifth of all is owed
            .toList();
    List<Decision> decided =
        new CompiledStrategy(QUANTISED.network(), QUANTISED.manifest().features()).decideAll(near);
    long idle =
        decided.stream().filter(decision -> ((Decision.Choice) decision).index() >= 2).count();
    assertThat(near).hasSizeGreaterThan(40);
    assertThat(idle).isLessThan(near.size() / 5);
  }

  @Test
  void integersAndRealNumbersAgree() {
    assertThat(QUANTISED.manifest().agreement().share()).isGreaterThan(0.99);
    List<Decision> exact = Strategy.reference(QUANTISED.network()).decideAll(EXAMPLE.heldOut());
    assertThat(
            new CompiledStrategy(QUANTISED.network(), QUANTISED.manifest().features())
                .decideAll(EXAMPLE.heldOut()))
        .isEqualTo(exact);
  }
}

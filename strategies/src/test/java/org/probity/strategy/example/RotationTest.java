package org.probity.strategy.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.probity.strategy.CompiledStrategy;
import org.probity.strategy.FeatureDefinition;
import org.probity.strategy.PolicyTraining.Progress;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.Strategy;
import org.probity.strategy.example.ExampleStrategies.Example;
import org.probity.strategy.feature.ChainlinkReturns;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.TwapReturns;
import org.probity.zk.Decision;

/** A strategy that is trained for a feature program over three assets. */
class RotationTest {

  private static final Example EXAMPLE = ExampleStrategies.rotation(7, Progress.NONE);
  private static final QuantisedStrategy QUANTISED = EXAMPLE.quantise();

  @Test
  void theSameSeedGivesTheSameIntegersBitForBit() {
    assertThat(weights(brief(7))).isEqualTo(weights(brief(7))).isNotEqualTo(weights(brief(8)));
  }

  private static QuantisedStrategy brief(long seed) {
    return ExampleStrategies.rotation(seed, 2_000, 500, 40, Progress.NONE).quantise();
  }

  private static List<List<Integer>> weights(QuantisedStrategy strategy) {
    return strategy.network().layers().stream()
        .map(layer -> Arrays.stream(layer.weights()).boxed().toList())
        .toList();
  }

  @Test
  void itSaysWhatItWasTrainedFor() {
    FeatureProgram program = QUANTISED.manifest().program().orElseThrow();
    assertThat(program.entries())
        .hasExactlyElementsOfTypes(
            TwapReturns.class, TwapReturns.class, ChainlinkReturns.class, OwnBooks.class);
    assertThat(program.width()).isEqualTo(6 + 6 + 2 + 6);
    assertThat(QUANTISED.manifest().features()).isEqualTo(FeatureDefinition.of(program));
    assertThat(QUANTISED.manifest().outputs()).hasSize(5);
    var alone = new FeatureProgram(List.of(new OwnBooks(3)));
    assertThat(QUANTISED.manifest().mismatch(alone)).isPresent();
  }

  @Test
  void itDecidesFarBetterThanChanceOnAMarketItWasNotTrainedOn() {
    TrainingReport report = EXAMPLE.report();
    assertThat(report.accuracy())
        .as("%s", report)
        .isGreaterThan(report.accuracyOfOneAction() + 0.08);
    assertThat(report.payoff())
        .as("%s", report)
        .isGreaterThan(0.6 * report.knowingPayoff())
        .isGreaterThan(1.2 * report.rulePayoff())
        .isLessThan(report.knowingPayoff());
    assertThat(report.realisedPayoff()).as("%s", report).isGreaterThan(0.4 * report.payoff());
    assertThat(report.counts()).as("%s", report).allMatch(count -> count > report.heldOut() / 50);
  }

  @Test
  void integersAndRealNumbersAgree() {
    assertThat(QUANTISED.manifest().agreement().share()).isGreaterThan(0.995);
    List<Decision> exact = Strategy.reference(QUANTISED.network()).decideAll(EXAMPLE.heldOut());
    assertThat(
            new CompiledStrategy(QUANTISED.network(), QUANTISED.manifest().features())
                .decideAll(EXAMPLE.heldOut()))
        .isEqualTo(exact);
  }
}

package org.probity.strategy.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.probity.strategy.DjlStrategy;
import org.probity.strategy.PolicyTraining.Progress;
import org.probity.strategy.QuantisedStrategy;
import org.probity.strategy.Strategy;
import org.probity.strategy.example.ExampleStrategies.Example;
import org.probity.strategy.feature.ChainlinkReturns;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.OwnBooks;
import org.probity.strategy.feature.TwapReturns;
import org.probity.zk.Decision;
import org.probity.zk.FeatureVector;

class ExampleStrategiesTest {

  private static final int JUDGED = 2_000;
  private static final List<Integer> STEPS_SEEN = new ArrayList<>();
  private static final Example EXAMPLE =
      ExampleStrategies.momentum(7, (step, steps, payoff) -> STEPS_SEEN.add(step));
  private static final QuantisedStrategy QUANTISED = EXAMPLE.quantise();

  @Test
  void theSameSeedGivesTheSameIntegersBitForBitAndAnotherSeedOthers() {
    assertThat(weights(brief(7))).isEqualTo(weights(brief(7)));
    assertThat(brief(7).manifest()).isEqualTo(brief(7).manifest());
    assertThat(weights(brief(8))).isNotEqualTo(weights(brief(7)));
  }

  private static QuantisedStrategy brief(long seed) {
    return brief(ExampleStrategies.PAIR_PROGRAM, seed);
  }

  private static QuantisedStrategy brief(FeatureProgram program, long seed) {
    return ExampleStrategies.momentum(program, seed, 4_000, 1_000, 60, Progress.NONE).quantise();
  }

  @Test
  void itHasTheShapeOfTheDefaultStrategy() {
    assertThat(EXAMPLE.strategy().network().inputs()).isEqualTo(20);
    assertThat(EXAMPLE.strategy().program()).contains(ExampleStrategies.PAIR_PROGRAM);
    assertThat(EXAMPLE.strategy().network().widths()).containsExactly(128, 128, 3);
    assertThat(EXAMPLE.strategy().network().parameters()).isEqualTo(19_587);
    assertThat(QUANTISED.manifest().outputs()).containsExactly("reduce", "hold", "increase");
    assertThat(STEPS_SEEN).hasSizeGreaterThan(40).isSorted().endsWith(1500);
  }

  @Test
  void otherHorizonsMayBeTrainedForAndNoOtherSources() {
    var books = new OwnBooks(2);
    var hours = new FeatureProgram(List.of(new TwapReturns(List.of(3_600, 7_200)), books));
    assertThat(brief(hours, 7).manifest().program()).contains(hours);
    for (FeatureProgram other :
        List.of(
            new FeatureProgram(List.of(new ChainlinkReturns(List.of(60)), books)),
            new FeatureProgram(List.of(TwapReturns.STANDARD, new OwnBooks(3))),
            new FeatureProgram(List.of(books)))) {
      assertThatThrownBy(() -> brief(other, 7))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("TwapReturns, then OwnBooks of 2");
    }
  }

  @Test
  void itDecidesFarBetterThanChanceOnAMarketItWasNotTrainedOn() {
    TrainingReport report = EXAMPLE.report();
    assertThat(report.accuracy()).isGreaterThan(report.accuracyOfOneAction() + 0.08);
    assertThat(report.payoff())
        .isGreaterThan(0.6 * report.knowingPayoff())
        .isGreaterThan(1.2 * report.rulePayoff())
        .isLessThan(report.knowingPayoff());
    assertThat(report.realisedPayoff()).isGreaterThan(0.5 * report.payoff());
  }

  @Test
  void allThreeDecisionsOccur() {
    List<Decision> decisions = Strategy.reference(QUANTISED.network()).decideAll(EXAMPLE.heldOut());
    for (int action = 0; action < 3; action++) {
      var choice = new Decision.Choice(action);
      assertThat(decisions.stream().filter(choice::equals).count())
          .isGreaterThan(decisions.size() / 20);
    }
  }

  @Test
  void theVaultsOwnStateTakesPart() {
    // Fully in the base asset there is nothing to increase, fully out of it nothing to reduce.
    assertThat(share(TradingSamples.INCREASE, 16, 5_000)).isLessThan(0.01);
    assertThat(share(TradingSamples.INCREASE, 16, -5_000)).isGreaterThan(0.1);
    assertThat(share(TradingSamples.REDUCE, 16, -5_000)).isLessThan(0.01);
    assertThat(share(TradingSamples.REDUCE, 16, 5_000)).isGreaterThan(0.1);
    // At a target, moving toward it is rare.
    assertThat(share(TradingSamples.INCREASE, 16, 2_500)).isLessThan(0.05);
    assertThat(share(TradingSamples.REDUCE, 16, -2_500)).isLessThan(0.1);
    // Without allowance it mostly holds.
    assertThat(share(TradingSamples.HOLD, 19, 10_000)).isGreaterThan(0.9);
  }

  @Test
  void aClearTrendIsFollowed() {
    assertThat(decideOnTrend(1)).isEqualTo(new Decision.Choice(TradingSamples.INCREASE));
    assertThat(decideOnTrend(-1)).isEqualTo(new Decision.Choice(TradingSamples.REDUCE));
  }

  @Test
  void integersAndRealNumbersAgreeAndPyTorchRepeatsTheIntegers() {
    assertThat(QUANTISED.manifest().agreement().share()).isGreaterThan(0.998);
    assertThat(QUANTISED.manifest().agreement().extremesAgreed())
        .isGreaterThan(QUANTISED.manifest().agreement().extremes() * 99 / 100);
    try (var torch = new DjlStrategy(QUANTISED.network(), QUANTISED.manifest().features())) {
      assertThat(torch.decideAll(EXAMPLE.heldOut()))
          .isEqualTo(Strategy.reference(QUANTISED.network()).decideAll(EXAMPLE.heldOut()));
    }
  }

  @Test
  void noWeightShowsInAnyText() {
    String text = EXAMPLE.strategy() + " " + QUANTISED;
    int[] weights = QUANTISED.network().layers().getFirst().weights();
    for (int weight : weights) {
      if (Math.abs(weight) > 99_999) {
        assertThat(text).doesNotContain(Integer.toString(weight));
      }
    }
  }

  private static Decision decideOnTrend(int direction) {
    // Two ticks a minute for two hours, seen by a balanced vault that has never traded.
    int[] x = new int[20];
    List<Integer> horizons = TwapReturns.STANDARD.horizonsSeconds();
    for (int i = 0; i < 16; i++) {
      double middleMinutes = (horizons.get(i) + horizons.get(i + 1)) / 120.0 - 0.5;
      x[i] = (int) Math.round(direction * 2 * middleMinutes);
    }
    x[18] = 1_440;
    return QUANTISED.network().decide(FeatureVector.of(x));
  }

  /** How often an action is chosen when one feature is set to a value. */
  private static double share(int action, int feature, int value) {
    var choice = new Decision.Choice(action);
    long count =
        EXAMPLE.heldOut().stream()
            .limit(JUDGED)
            .map(vector -> {
              int[] x = vector.toArray();
              x[feature] = value;
              return QUANTISED.network().decide(FeatureVector.of(x));
            })
            .filter(choice::equals)
            .count();
    return (double) count / JUDGED;
  }

  private static List<List<Integer>> weights(QuantisedStrategy strategy) {
    return strategy.network().layers().stream()
        .map(layer -> java.util.Arrays.stream(layer.weights()).boxed().toList())
        .toList();
  }
}

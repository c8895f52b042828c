package org.probity.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.probity.strategy.FeatureDefinition.Feature;
import org.probity.strategy.FloatNetwork.FloatLayer;
import org.probity.zk.Readout;

/** Integers that decide otherwise than their network are not imported in silence. */
final class FidelityTest {

  /** Ranges that have nothing in common, with the scaling folded into the weights. */
  @ParameterizedTest
  @CsvSource({
    "volume-decides.json, volume",
    "volume-and-rsi.json, volume",
    "time-and-rsi.json, time",
    "folded-scaling.json, volume"
  })
  void anInputWithoutLevelsIsNamedAndRefused(String file, String input) throws Exception {
    TrainedStrategy trained = WeightsFile.read(WeightsFileTest.resource(file));
    String said;
    Optional<Fidelity> fidelity = Optional.empty();
    try {
      Fidelity found = Fidelity.of(trained, trained.quantise());
      fidelity = Optional.of(found);
      found.require(Optional.empty());
      throw new AssertionError("imported, with " + found);
    } catch (StrategyRefusedException e) {
      said = String.valueOf(e.getMessage());
    }
    assertThat(said).contains("\"" + input + "\"").endsWith(".");
    if (fidelity.isPresent()) {
      assertThat(said)
          .contains("decide alike in", "over the declared ranges", "--accept agreement=");
      Fidelity found = fidelity.get();
      // Where both decide alike often enough, that is not what is wrong.
      assertThat(said.contains("are required")).isEqualTo(found.least() < Fidelity.LEAST_AGREEMENT);
      assertThatCode(() -> found.require(Optional.of(found.least()))).doesNotThrowAnyException();
      assertThatThrownBy(() -> found.require(Optional.of(found.least() + 0.001)))
          .isInstanceOf(StrategyRefusedException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "dead input", "dead layer", "constant input", "linear"})
  void whatTheNetworkItselfDoesNotUseIsNoLoss(String kind) {
    double[] first = {0.01, -0.02, 0.03, 0.015, 0.02, -0.01};
    double[] second = {1, -0.5, 0.25, 0.75};
    List<Feature> features =
        List.of(
            new Feature("a", "tick", -1000, 1000),
            new Feature("b", "tick", -1000, 1000),
            new Feature(
                "c",
                "tick",
                kind.equals("constant input") ? 7 : -1000,
                kind.equals("constant input") ? 7 : 1000));
    if (kind.equals("dead input")) {
      first[2] = 0;
      first[5] = 0;
    }
    if (kind.equals("dead layer")) {
      java.util.Arrays.fill(first, 0);
    }
    var network =
        new FloatNetwork(
            3,
            List.of(
                new FloatLayer(first, new double[] {0.1, 0.2}),
                new FloatLayer(second, new double[] {0, 0.3})),
            kind.equals("linear") ? Readout.LINEAR : Readout.ARGMAX);
    var trained =
        new TrainedStrategy(kind, new FeatureDefinition(features), List.of("x", "y"), network);
    QuantisedStrategy quantised = trained.quantise();
    Fidelity fidelity = Fidelity.of(trained, quantised);
    assertThat(fidelity.agreement().vectors()).isEqualTo(10_000);
    assertThat(fidelity.moves()).hasSize(3).noneMatch(Fidelity.Move::isLost);
    assertThatCode(() -> fidelity.require(Optional.empty())).doesNotThrowAnyException();
  }

  /** What each input does is found by hand: 2 a of 2 * 100 + 100, and half of that for b. */
  @Test
  void movesAreThoseOfTheOutputs() {
    var network =
        new FloatNetwork(
            2, List.of(new FloatLayer(new double[] {2, 1}, new double[] {0})), Readout.LINEAR);
    var trained =
        new TrainedStrategy(
            "by hand",
            new FeatureDefinition(
                List.of(new Feature("a", "", 0, 100), new Feature("b", "", 0, 100))),
            List.of("move"),
            network);
    Fidelity fidelity = Fidelity.of(trained, trained.quantise());
    assertThat(fidelity.moves())
        .extracting(Fidelity.Move::input)
        .containsExactlyInAnyOrder("a", "b");
    for (Fidelity.Move move : fidelity.moves()) {
      assertThat(move.integer())
          .isCloseTo(move.real(), org.assertj.core.api.Assertions.within(1e-4));
    }
    double a =
        fidelity.moves().stream()
            .filter(m -> m.input().equals("a"))
            .findFirst()
            .orElseThrow()
            .real();
    double b =
        fidelity.moves().stream()
            .filter(m -> m.input().equals("b"))
            .findFirst()
            .orElseThrow()
            .real();
    assertThat(a)
        .isCloseTo(2 * b, org.assertj.core.api.Assertions.within(1e-9))
        .isBetween(0.66, 0.8);
  }

  @Test
  void aBiasThatTakesAllTheBitsIsNamed() {
    var network =
        new FloatNetwork(
            2,
            List.of(
                new FloatLayer(new double[] {0.1, 0.2, 0.3, 0.4}, new double[] {0, 1e9}),
                new FloatLayer(new double[] {1, 0, 0, 1}, new double[] {0, 0})),
            Readout.ARGMAX);
    var trained =
        new TrainedStrategy("biased", Networks.uniform(2, -1000, 1000), List.of("x", "y"), network);
    assertThatThrownBy(trained::quantise)
        .isInstanceOf(StrategyRefusedException.class)
        .hasMessageContainingAll("Layer 1", "the bias of its output 1", "weight decay")
        .message()
        .doesNotContain("narrower", "1.0E9");
  }
}

package org.probity.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.zk.Decision;
import org.probity.zk.FeatureVector;
import org.probity.zk.Readout;

class WeightsFileTest {

  static final String GOOD =
      """
      {
        "format": "probity-weights-1",
        "name": "mine",
        "readout": "argmax",
        "outputs": ["sell", "buy"],
        "features": [
          {"name": "a", "unit": "tick", "min": -10, "max": 10},
          {"name": "b", "unit": "", "min": 0, "max": 5}
        ],
        "layers": [
          {"weights": [[0.123456, 0.5], [-0.123456, 0], [0, 1e-2]], "biases": [0, 0, -1]},
          {"weights": [[1, 0, 0.5], [0, 1, 0.25]], "biases": [0, 0.001]}
        ]
      }
      """;

  @TempDir private Path temporary;

  @Test
  void aPyTorchModelIsReadRowByRowAndQuantised() throws IOException {
    TrainedStrategy strategy = read(GOOD);
    assertThat(strategy.name()).isEqualTo("mine");
    assertThat(strategy.network().widths()).containsExactly(3, 2);
    assertThat(strategy.network().readout()).isEqualTo(Readout.ARGMAX);
    assertThat(strategy.features().horizonsSeconds()).isEmpty();
    // By hand: hidden (8 * 0.123456 + 3 * 0.5, 0, 0).
    double[] outputs = strategy.network().outputs(FeatureVector.of(8, 3));
    assertThat(outputs[0]).isCloseTo(2.487648, org.assertj.core.api.Assertions.within(1e-12));
    assertThat(outputs[1]).isEqualTo(0.001);
    QuantisedStrategy quantised = strategy.quantise();
    assertThat(quantised.network().decide(FeatureVector.of(8, 3)))
        .isEqualTo(new Decision.Choice(0));
    assertThat(quantised.network().decide(FeatureVector.of(-8, 0)))
        .isEqualTo(new Decision.Choice(1));
    assertThat(quantised.manifest().agreement().share()).isGreaterThan(0.99);
  }

  @Test
  void whatDoesNotBelongIsNamedWithItsPlace() {
    refused("\"argmax\"", "\"softmax\"", "readout must be \"argmax\" or \"linear\"");
    refused("probity-weights-1", "onnx", "is not of the format probity-weights-1");
    refused("[0, 1e-2]", "[0]", "layers[0].weights[2] must be a list of 2 numbers");
    refused("[0, 1e-2]", "[0, null]", "layers[0].weights[2][1] must be a finite number");
    refused("[0, 1e-2]", "[0, 1e999]", "layers[0].weights[2][1] must be a finite number");
    refused("[0, 1e-2]", "[0, NaN]", "not well-formed JSON (line 11)");
    refused("\"biases\": [0, 0.001]", "\"biases\": [0]", "Layer 2 has 6 weights");
    refused("\"biases\": [0, 0, -1]", "\"bias\": [0, 0, -1]", "lacks the field layers[0].biases");
    refused("\"name\": \"mine\",", "", "lacks the field name");
    refused("\"name\": \"mine\",", "\"name\": \"mine\", \"extra\": 1,", "unknown field");
    refused("\"name\": \"mine\",", "\"name\": \"\",", "The strategy's name must have 1 to 64");
    refused("[\"sell\", \"buy\"]", "[\"sell\"]", "2 outputs but 1 labels");
    refused("[\"sell\", \"buy\"]", "[\"sell\", \"sell\"]", "\"sell\" occurs twice");
    refused("\"min\": 0", "\"min\": 6", "has the range 6..5");
    refused("\"min\": 0", "\"min\": 0.5", "features[1].min must be an integer");
    refused("\"min\": 0", "\"min\": 0, \"min\": 0", "not well-formed JSON");
    refused("\"name\": \"b\"", "\"name\": \"a\"", "\"a\" occurs twice");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> WeightsFile.read(temporary.resolve("none.json")))
        .isInstanceOf(StrategyRefusedException.class)
        .hasMessageContaining("none.json does not exist");
  }

  private void refused(String part, String replacement, String reason) {
    assertThat(GOOD).contains(part);
    assertThatThrownBy(() -> read(GOOD.replace(part, replacement)))
        .isInstanceOf(StrategyRefusedException.class)
        .hasMessageContaining(reason)
        .hasNoCause()
        .message()
        .doesNotContain("123456", "\n")
        .endsWith(".");
  }

  private TrainedStrategy read(String json) throws IOException {
    return WeightsFile.read(Files.writeString(temporary.resolve("weights.json"), json));
  }

  @Test
  void theFieldsOfTheFormatAreThoseOfItsDocumentation() throws IOException {
    // The example of the class comment, with a linear head and horizons.
    TrainedStrategy strategy =
        read(
            """
            {"format": "probity-weights-1", "name": "my strategy", "readout": "linear", "outputs": ["move"],
             "horizonsSeconds": [60, 120, 180], "features": [{"name": "return 1", "unit": "tick", "min": -4095, "max": 4095}],
             "layers": [{"weights": [[2]], "biases": [0.5]}]}
            """);
    assertThat(strategy.features().horizonsSeconds()).isEqualTo(List.of(60, 120, 180));
    assertThat(strategy.network().outputs(FeatureVector.of(3))).containsExactly(6.5);
  }
}

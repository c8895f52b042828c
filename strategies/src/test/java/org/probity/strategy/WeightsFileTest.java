package org.probity.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
    refused("[0, 1e-2]", "[0, 1e999]", "layers[0].weights[2][1] is infinite");
    refused("[0, 1e-2]", "[0, NaN]", "layers[0].weights[2][1] is NaN and no finite number");
    refused(
        "\"biases\": [0, 0.001]",
        "\"biases\": [0]",
        "layers[1] has 2 rows of weights and 1 biases");
    refused(
        "\"biases\": [0, 0, -1]",
        "\"biases\": [0, 0]",
        "layers[0] has 3 rows of weights and 2 biases");
    refused("\"biases\": [0, 0, -1]", "\"bias\": [0, 0, -1]", "lacks the field layers[0].biases");
    refused(
        "\"features\"",
        "\"horizonsSeconds\": [60, 120], \"features\"",
        "name its sources in \"program\"");
    refused("\"name\": \"mine\",", "", "lacks the field name");
    refused("\"name\": \"mine\",", "\"name\": \"mine\", \"extra\": 1,", "unknown field");
    refused("\"name\": \"mine\",", "\"name\": \"\",", "The strategy's name must have 1 to 64");
    refused("[\"sell\", \"buy\"]", "[\"sell\"]", "2 outputs but 1 labels");
    refused("[\"sell\", \"buy\"]", "[\"sell\", \"sell\"]", "\"sell\" occurs twice");
    refused("\"min\": 0", "\"min\": 6", "has the range 6..5");
    refused("\"min\": 0", "\"min\": 0.5", "features[1].min must be an integer");
    refused("\"min\": 0", "\"min\": 0, \"min\": 0", "has a field twice (line 8)");
    refused("\"mine\",", "'mine',", "single quotation marks");
    refused("\"mine\",", "\"mine\", // who", "has comments");
    refused("0.001]}", "0.001],}", "a comma before a closing bracket");
    refused("\"name\": \"b\"", "\"name\": \"a\"", "\"a\" occurs twice");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          nan.json             | layers[0].weights[1][2] is NaN
          infinity.json        | layers[1].biases[0] is infinite
          minus-infinity.json  | layers[1].biases[0] is infinite
          model.onnx           | is an ONNX file: export its weights as a JSON file, as strategies/README.md says
          model.pt             | is a PyTorch file (a zip archive
          model.h5             | is an HDF5 file
          model.safetensors    | is a safetensors file
          cut.json             | ends in the middle: it is cut off
          duplicate-key.json   | has a field twice
          empty.json           | is empty
          no-features.json     | needs 1 to 65536 features, not 0
          no-layers.json       | needs 1 to 32 layers, not 0
          outputs-2-of-3.json  | 3 outputs but 2 labels
          ragged.json          | must be a list of 3 numbers, one for each input
          readout-softmax.json | readout must be "argmax" or "linear"
          trailing.json        | a comma before a closing bracket
          beyond-int.json      | features[0].max must be an integer from -2147483647 to 2147483647
          fractional-range.json | features[0].min must be an integer
          """)
  void filesOfOtherToolsAreRefusedForWhatTheyAre(String file, String why) throws Exception {
    assertThatThrownBy(() -> WeightsFile.read(resource(file)))
        .isInstanceOf(StrategyRefusedException.class)
        .hasMessageContaining(why)
        .message()
        .doesNotContain("0.12123", "\n")
        .endsWith(".");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          w.pkl     | 80049500 | a Python pickle
          w.npy     | 934e554d505901007600 | a NumPy file
          w.npz     | 504b0304 | a NumPy archive
          w.keras   | 504b0304 | a Keras file
          w.json    | 504b0304 | a zip archive
          w.gguf    | 4755475503000000 | is not well-formed
          w.gguf    | 4747554603000000 | a GGUF file
          w.tflite  | 1c00000054464c33 | a TensorFlow Lite file
          w.json.gz | 1f8b0800 | a gzip archive
          w.pb      | 0a0b0a09 | a TensorFlow graph
          """)
  void binaryFormatsAreTold(String name, String bytes, String what) throws IOException {
    Path file = Files.write(temporary.resolve(name), HexFormat.of().parseHex(bytes));
    assertThatThrownBy(() -> WeightsFile.read(file)).hasMessageContaining(what);
  }

  @Test
  void textThatIsNoUnicodeIsTold() throws IOException {
    byte[] latin =
        GOOD.replace("\"mine\"", "\"m\u00e4rz\"")
            .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    Path file = Files.write(temporary.resolve("latin.json"), latin);
    assertThatThrownBy(() -> WeightsFile.read(file)).hasMessageContaining("is not UTF-8 text");
  }

  @Test
  void whatIsNoFileIsNotRead() {
    assertThatThrownBy(() -> WeightsFile.read(Path.of("/dev/zero")))
        .hasMessageContaining("it is a pipe or a device");
    assertThatThrownBy(() -> WeightsFile.read(temporary)).hasMessageContaining("it is a folder");
  }

  static Path resource(String name) throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(WeightsFileTest.class.getResource("weights/" + name)).toURI());
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
    // The example of the class comment, with a linear head.
    TrainedStrategy strategy =
        read(
            """
            {"format": "probity-weights-1", "name": "my strategy", "readout": "linear", "outputs": ["move"],
             "features": [{"name": "return 1", "unit": "tick", "min": -4095, "max": 4095}],
             "layers": [{"weights": [[2]], "biases": [0.5]}]}
            """);
    assertThat(strategy.network().outputs(FeatureVector.of(3))).containsExactly(6.5);
  }
}

package org.probity.strategy;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.probity.ground.PlainFile;
import org.probity.json.StrictJson;
import org.probity.strategy.FeatureDefinition.Feature;
import org.probity.strategy.FloatNetwork.FloatLayer;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.zk.Readout;

/**
 * The door for networks that were trained elsewhere: one JSON file of dense layers, with ReLU
 * between them.
 *
 * <pre>{@code
 * {
 *   "format": "probity-weights-1",
 *   "name": "my strategy",
 *   "readout": "argmax",                          // or "linear"
 *   "outputs": ["reduce", "hold", "increase"],    // a label for each output of the last layer
 *   "features": [{"name": "return 1", "unit": "tick", "min": -4095, "max": 4095}, ...],
 *   "program": [{"source": "OwnBooks", "assets": 3}, ...],  // for a vault; then features may be absent
 *   "layers": [{"weights": [[...], ...], "biases": [...]}, ...]
 * }
 * }</pre>
 *
 * <p>{@code weights} holds one row for each output, as {@code torch.nn.Linear} does, and the first
 * layer takes the raw integer features. From PyTorch, for an {@code nn.Sequential} of {@code
 * Linear} and {@code ReLU}:
 *
 * <pre>{@code
 * layers = [{"weights": m.weight.tolist(), "biases": m.bias.tolist()}
 *           for m in model if isinstance(m, torch.nn.Linear)]
 * }</pre>
 */
public final class WeightsFile {

  private static final String FORMAT = "probity-weights-1";
  private static final long LARGEST_BYTES = 1L << 30;

  private WeightsFile() {}

  /**
   * Reads a weights file.
   *
   * @throws StrategyRefusedException naming the place in the file and what belongs there, never a
   *     weight
   */
  public static TrainedStrategy read(Path file) {
    String name = String.valueOf(file.getFileName());
    byte[] bytes;
    try {
      ForeignFormat.requireNone(file);
      bytes = PlainFile.bytes(file, LARGEST_BYTES);
    } catch (NoSuchFileException e) {
      throw new StrategyRefusedException(
          "%s does not exist: name the weights file.".formatted(file), e);
    } catch (AccessDeniedException e) {
      throw new StrategyRefusedException(
          "%s cannot be read: check its permissions.".formatted(file), e);
    } catch (IOException e) {
      throw new StrategyRefusedException(
          "%s cannot be used (%s): name the weights file, a JSON file as strategies/README.md describes it."
              .formatted(file, StrategyFolder.reason(e)),
          e);
    }
    return parse(name, bytes);
  }

  private static TrainedStrategy parse(String file, byte[] bytes) {
    StrictJson root = StrategyJson.json(file, bytes);
    if (!root.text("format").equals(FORMAT)) {
      throw new StrategyRefusedException(
          "%s is not of the format %s: export it again in this format.".formatted(file, FORMAT));
    }
    Readout readout =
        switch (root.text("readout").toLowerCase(Locale.ROOT)) {
          case "argmax" -> Readout.ARGMAX;
          case "linear" -> Readout.LINEAR;
          default ->
              throw new StrategyRefusedException(
                  "%s: readout must be \"argmax\" or \"linear\"; correct it.".formatted(file));
        };
    if (root.has("horizonsSeconds")) {
      throw new StrategyRefusedException(
          "%s has horizonsSeconds, which no vault takes any more: name its sources in \"program\", as strategies/README.md says, and leave it out."
              .formatted(file));
    }
    Optional<FeatureProgram> program = ProgramJson.read(root);
    FeatureDefinition features =
        program.isPresent() && !root.has("features")
            ? FeatureDefinition.of(program.get())
            : readFeatures(root);
    var layers = new ArrayList<FloatLayer>();
    int width = features.size();
    for (StrictJson layer : root.objects("layers")) {
      double[] biases = layer.numbers("biases");
      double[] weights = layer.matrix("weights", width);
      // Told here, of this layer: the next one would be blamed for its number of inputs.
      if (weights.length != (long) biases.length * width) {
        throw new StrategyRefusedException(
            "%s: layers[%s] has %s rows of weights and %s biases: give it one of each for every output."
                .formatted(file, layers.size(), weights.length / width, biases.length));
      }
      layer.end();
      layers.add(new FloatLayer(weights, biases));
      width = biases.length;
    }
    List<String> outputs = root.texts("outputs");
    String name = root.text("name");
    root.end();
    return new TrainedStrategy(
        name, features, outputs, new FloatNetwork(features.size(), layers, readout), program);
  }

  /** The field {@code features}, shared with {@code strategy.json}. */
  static FeatureDefinition readFeatures(StrictJson root) {
    var features = new ArrayList<Feature>();
    for (StrictJson feature : root.objects("features")) {
      features.add(
          new Feature(
              feature.text("name"),
              feature.text("unit"),
              feature.integer("min", -Integer.MAX_VALUE, Integer.MAX_VALUE),
              feature.integer("max", -Integer.MAX_VALUE, Integer.MAX_VALUE)));
      feature.end();
    }
    return new FeatureDefinition(features);
  }
}

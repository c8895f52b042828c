package org.probity.strategy;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.strategy.feature.ProgramEntry.Input;
import org.probity.zk.FeatureVector;

/**
 * What the inputs of a strategy mean, in their order, and between which bounds each of them always
 * lies. The bounds are a promise of the feature source (which clamps); the interval analysis that
 * excludes overflow rests on them.
 *
 * @param features one entry for each input
 */
public record FeatureDefinition(List<Feature> features) {

  /** The most inputs a network can have. */
  public static final int MOST_FEATURES = 65_536;

  /**
   * One input.
   *
   * @param name unique within the definition
   * @param unit what one step of the integer means
   * @param min least value, inclusive
   * @param max greatest value, inclusive
   */
  public record Feature(String name, String unit, int min, int max) {
    /** Refuses an empty name and bounds that hold no value. */
    public Feature {
      if (name.isBlank() || name.length() > 64) {
        throw new StrategyRefusedException(
            "A feature needs a name of 1 to 64 characters: name it in the feature definition.");
      }
      if (unit.length() > 64) {
        throw new StrategyRefusedException(
            "The unit of feature \"%s\" is longer than 64 characters: shorten it.".formatted(name));
      }
      if (min > max || min == Integer.MIN_VALUE) {
        throw new StrategyRefusedException(
            "Feature \"%s\" has the range %d..%d: the least value must not exceed the greatest, and both must lie in (-2^31, 2^31)."
                .formatted(name, min, max));
      }
    }
  }

  /** Refuses an empty list and doubled names. */
  public FeatureDefinition {
    features = List.copyOf(features);
    if (features.isEmpty() || features.size() > MOST_FEATURES) {
      throw new StrategyRefusedException(
          "A strategy needs 1 to %d features, not %d: correct the feature definition."
              .formatted(MOST_FEATURES, features.size()));
    }
    var names = new HashSet<String>();
    for (Feature feature : features) {
      if (!names.add(feature.name())) {
        throw new StrategyRefusedException(
            "The feature name \"%s\" occurs twice: give every feature its own name."
                .formatted(feature.name()));
      }
    }
  }

  /** The inputs of a program's sources. */
  public static FeatureDefinition of(FeatureProgram program) {
    return new FeatureDefinition(
        program.inputs().stream()
            .map(input -> new Feature(input.name(), input.unit(), input.min(), input.max()))
            .toList());
  }

  /** Refuses a program of other inputs, or whose inputs can leave these ranges. */
  void requireProgram(FeatureProgram program) {
    List<Input> inputs = program.inputs();
    if (inputs.size() != size()) {
      throw new StrategyRefusedException(
          "The strategy has %d features and its feature program %d: give the program that it was trained on."
              .formatted(size(), inputs.size()));
    }
    for (int i = 0; i < size(); i++) {
      Input input = inputs.get(i);
      Feature feature = features.get(i);
      if (input.min() < feature.min() || input.max() > feature.max()) {
        throw new StrategyRefusedException(
            "Feature %d (%s) has the range %d..%d, and the feature program gives \"%s\" in %d..%d: widen the range, or give the program that the strategy was trained on."
                .formatted(
                    i,
                    feature.name(),
                    feature.min(),
                    feature.max(),
                    input.name(),
                    input.min(),
                    input.max()));
      }
    }
  }

  /** Number of inputs. */
  public int size() {
    return features.size();
  }

  /** Refuses a network of another number of inputs. */
  void requireInputs(int inputs) {
    if (inputs != size()) {
      throw new StrategyRefusedException(
          "The network has %d inputs but the feature definition %d features: use the definition that it was trained on."
              .formatted(inputs, size()));
    }
  }

  /** Why these features may not be given to the strategy, in one sentence; empty if they may. */
  public Optional<String> violation(FeatureVector vector) {
    if (vector.size() != size()) {
      return Optional.of(
          "The strategy takes %d features, not %d: use the feature source that it was made for."
              .formatted(size(), vector.size()));
    }
    for (int i = 0; i < size(); i++) {
      Feature feature = features.get(i);
      if (vector.get(i) < feature.min() || vector.get(i) > feature.max()) {
        return Optional.of(
            "Feature %d (%s) is %d and leaves its range %d..%d: clamp it in the feature source."
                .formatted(i, feature.name(), vector.get(i), feature.min(), feature.max()));
      }
    }
    return Optional.empty();
  }
}

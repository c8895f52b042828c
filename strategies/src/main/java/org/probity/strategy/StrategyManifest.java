package org.probity.strategy;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.zk.Architecture;
import org.probity.zk.Readout;

/**
 * What everyone may know of a strategy besides its model key; the content of {@code strategy.json}.
 *
 * @param name what its owner calls it
 * @param features what the inputs mean and between which bounds they lie
 * @param outputs a label for each output of the head, such as the actions {@code reduce, hold,
 *     increase}
 * @param architecture the shape of the network
 * @param outputScale an output of a linear head is this power of two times the real one; 1 for an
 *     argmax head
 * @param agreement how often integers and real numbers decide alike
 * @param program the sources that the inputs come from; empty if the strategy does not say
 */
public record StrategyManifest(
    String name,
    FeatureDefinition features,
    List<String> outputs,
    Architecture architecture,
    double outputScale,
    AgreementReport agreement,
    Optional<FeatureProgram> program) {

  private static final int LONGEST_LABEL = 64;

  /** Refuses parts that do not belong together. */
  public StrategyManifest {
    outputs = List.copyOf(outputs);
    requireLabel(name, "The strategy's name");
    requireOutputs(outputs, architecture.outputs());
    features.requireInputs(architecture.inputs());
    program.ifPresent(features::requireProgram);
    if (!Double.isFinite(outputScale)
        || outputScale != Math.scalb(1.0, Math.getExponent(outputScale))
        || (architecture.readout() == Readout.ARGMAX && outputScale != 1)) {
      throw new StrategyRefusedException(
          "The output scale must be a power of two for a linear head and 1 for an argmax head: quantise the network again.");
    }
  }

  /** One that does not say where its inputs come from. */
  public StrategyManifest(
      String name,
      FeatureDefinition features,
      List<String> outputs,
      Architecture architecture,
      double outputScale,
      AgreementReport agreement) {
    this(name, features, outputs, architecture, outputScale, agreement, Optional.empty());
  }

  /**
   * Why the strategy cannot decide for a vault of this program, in one sentence; empty if it can,
   * or does not say what it was trained for.
   */
  public Optional<String> mismatch(FeatureProgram ofVault) {
    return program.flatMap(own -> own.mismatch(ofVault));
  }

  static void requireOutputs(List<String> outputs, int count) {
    if (outputs.size() != count) {
      throw new StrategyRefusedException(
          "The network has %d outputs but %d labels are given: give every output one label."
              .formatted(count, outputs.size()));
    }
    var seen = new HashSet<String>();
    for (String output : outputs) {
      requireLabel(output, "The label of an output");
      if (!seen.add(output)) {
        throw new StrategyRefusedException(
            "The output label \"%s\" occurs twice: give every output its own label."
                .formatted(output));
      }
    }
  }

  static void requireLabel(String label, String what) {
    if (label.isBlank()
        || label.length() > LONGEST_LABEL
        || label.codePoints().anyMatch(Character::isISOControl)) {
      throw new StrategyRefusedException(
          "%s must have 1 to %d printable characters: choose another one."
              .formatted(what, LONGEST_LABEL));
    }
  }
}

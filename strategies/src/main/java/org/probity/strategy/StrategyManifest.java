package org.probity.strategy;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
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
 * @param outputScale an output of a linear head is this times the real one: a power of two, or
 *     where it is a weight as many steps as are all of a vault; 1 for an argmax head
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
  private static final int WHOLE_BPS = 10_000;

  /** Refuses parts that do not belong together. */
  public StrategyManifest {
    outputs = List.copyOf(outputs);
    requireLabel(name, "The strategy's name");
    requireOutputs(outputs, architecture.outputs());
    features.requireInputs(architecture.inputs());
    program.ifPresent(features::requireProgram);
    if (!isScale(outputScale, architecture.readout(), program.isPresent())) {
      throw new StrategyRefusedException(
          "The output scale must be 1 for an argmax head, 10000 over whole basis points for the weights of a feature program, else a power of two: quantise the network again.");
    }
  }

  private static boolean isScale(double scale, Readout readout, boolean ofProgram) {
    return switch (readout) {
      case ARGMAX -> scale == 1;
      case LINEAR ->
          ofProgram
              ? scale >= 1 && scale <= WHOLE_BPS && WHOLE_BPS % scale == 0
              : Double.isFinite(scale) && scale == Math.scalb(1.0, Math.getExponent(scale));
    };
  }

  /**
   * How many steps are all of a vault.
   *
   * @throws StrategyRefusedException if none of that size are
   */
  static int weightSteps(int weightStepBps) {
    if (weightStepBps < 1 || WHOLE_BPS % weightStepBps != 0) {
      throw new StrategyRefusedException(
          "A step of weight divides 10000 basis points, and %s does not: choose 250, or another divisor."
              .formatted(weightStepBps));
    }
    return WHOLE_BPS / weightStepBps;
  }

  /** The basis points that one unit of output means; empty where outputs are no weights. */
  public OptionalInt weightStepBps() {
    return architecture.readout() == Readout.LINEAR && program.isPresent()
        ? OptionalInt.of((int) (WHOLE_BPS / outputScale))
        : OptionalInt.empty();
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
   * or chooses and does not say what it was trained for.
   */
  public Optional<String> mismatch(FeatureProgram ofVault) {
    if (program.isEmpty() && architecture.readout() == Readout.LINEAR) {
      return Optional.of(
          "The strategy gives numbers that are no weights: name its feature program in weights.json, as strategies/README.md says, and import it again.");
    }
    return program.flatMap(own -> own.mismatch(ofVault));
  }

  /**
   * Why the strategy's outputs are no steps of a policy's, in one sentence; empty if they are, or
   * are a choice.
   *
   * @param ofPolicy what one unit of output means under it, in basis points
   */
  public Optional<String> stepMismatch(int ofPolicy) {
    OptionalInt own = weightStepBps();
    return own.isEmpty() || own.getAsInt() == ofPolicy
        ? Optional.empty()
        : Optional.of(
            "The strategy gives weights in steps of %s basis points and the policy takes them in steps of %s: set the policy's weight-step to %s bps, or import the strategy again with --weight-step %s."
                .formatted(own.getAsInt(), ofPolicy, own.getAsInt(), ofPolicy));
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

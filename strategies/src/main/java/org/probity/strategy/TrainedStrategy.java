package org.probity.strategy;

import java.util.List;
import java.util.Optional;
import org.probity.strategy.Quantisation.Quantised;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.zk.FeatureVector;
import org.probity.zk.Readout;

/**
 * A trained or imported network with what its inputs and outputs mean, still in real numbers. The
 * outputs of a linear head over a program's inputs are weights, 1 for all of a vault, one for each
 * asset but the numeraire.
 *
 * @param name what its owner calls it
 * @param features its inputs
 * @param outputs a label for each output of the head
 * @param network the weights; private
 * @param program the sources that its inputs come from; empty if nobody said
 */
public record TrainedStrategy(
    String name,
    FeatureDefinition features,
    List<String> outputs,
    FloatNetwork network,
    Optional<FeatureProgram> program) {

  /** The steps that weights are cut to, unless another one is asked for, in basis points. */
  public static final int DEFAULT_WEIGHT_STEP_BPS = 250;

  /** Refuses parts that do not belong together. */
  public TrainedStrategy {
    outputs = List.copyOf(outputs);
    StrategyManifest.requireLabel(name, "The strategy's name");
    StrategyManifest.requireOutputs(outputs, network.widths().getLast());
    program.ifPresent(features::requireProgram);
  }

  /** One whose inputs come from anywhere. */
  public TrainedStrategy(
      String name, FeatureDefinition features, List<String> outputs, FloatNetwork network) {
    this(name, features, outputs, network, Optional.empty());
  }

  /** One whose inputs are a program's. */
  public static TrainedStrategy of(
      String name, FeatureProgram program, List<String> outputs, FloatNetwork network) {
    return new TrainedStrategy(
        name, FeatureDefinition.of(program), outputs, network, Optional.of(program));
  }

  /** Whether its outputs are weights. */
  public boolean givesWeights() {
    return network.readout() == Readout.LINEAR && program.isPresent();
  }

  /** The network that is proven: of one that gives weights they are cut, by a layer more. */
  public FloatNetwork proven() {
    return givesWeights() ? network.cut() : network;
  }

  /** What its outputs will give away; empty if they are a choice. */
  public Optional<Disclosure> disclosure(int weightStepBps) {
    return network.readout() == Readout.ARGMAX
        ? Optional.empty()
        : Optional.of(Disclosure.of(network, givesWeights() ? weightStepBps : 0));
  }

  /**
   * The same in exact integers, when no typical feature vectors are at hand: judged on vectors
   * spread over the declared ranges.
   *
   * @throws StrategyRefusedException if the network cannot be held in 31 bits with useful precision
   */
  public QuantisedStrategy quantise() {
    return quantise(DEFAULT_WEIGHT_STEP_BPS);
  }

  /**
   * The same, judged alike.
   *
   * @param weightStepBps the basis points that one unit of output means where outputs are weights,
   *     as in the vault's policy; divides 10000
   * @throws StrategyRefusedException if the network cannot be held in 31 bits with useful precision
   */
  public QuantisedStrategy quantise(int weightStepBps) {
    // Fewer vectors for a large network, so that the comparison takes seconds at most.
    int count = Math.clamp((1L << 29) / network.parameters(), 128, 4096);
    List<FeatureVector> spread = Quantisation.spread(features, count);
    return quantise(spread, spread, weightStepBps);
  }

  /**
   * The same in exact integers.
   *
   * @param samples typical feature vectors; they steer the precision
   * @param heldOut other typical feature vectors, on which the agreement is measured
   * @throws StrategyRefusedException if the network cannot be held in 31 bits with useful precision
   */
  public QuantisedStrategy quantise(List<FeatureVector> samples, List<FeatureVector> heldOut) {
    return quantise(samples, heldOut, DEFAULT_WEIGHT_STEP_BPS);
  }

  private QuantisedStrategy quantise(
      List<FeatureVector> samples, List<FeatureVector> heldOut, int weightStepBps) {
    FloatNetwork proven = proven();
    Quantised quantised =
        givesWeights()
            ? Quantisation.quantiseWeights(
                proven, features, samples, StrategyManifest.weightSteps(weightStepBps))
            : Quantisation.quantise(proven, features, samples);
    var agreement = AgreementReport.measure(proven, quantised, features, heldOut);
    var manifest =
        new StrategyManifest(
            name,
            features,
            outputs,
            quantised.network().architecture(),
            // The scale of logits is a function of the private weights, and nobody needs it.
            network.readout() == Readout.LINEAR ? quantised.outputScale() : 1,
            agreement,
            program);
    return new QuantisedStrategy(manifest, quantised.network());
  }
}

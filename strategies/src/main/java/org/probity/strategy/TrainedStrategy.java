package org.probity.strategy;

import java.util.List;
import java.util.Optional;
import org.probity.strategy.Quantisation.Quantised;
import org.probity.strategy.feature.FeatureProgram;
import org.probity.zk.FeatureVector;
import org.probity.zk.Readout;

/**
 * A trained or imported network with what its inputs and outputs mean, still in real numbers.
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

  /**
   * The same in exact integers, when no typical feature vectors are at hand: judged on vectors
   * spread over the declared ranges.
   *
   * @throws StrategyRefusedException if the network cannot be held in 31 bits with useful precision
   */
  public QuantisedStrategy quantise() {
    // Fewer vectors for a large network, so that the comparison takes seconds at most.
    int count = Math.clamp((1L << 29) / network.parameters(), 128, 4096);
    List<FeatureVector> spread = Quantisation.spread(features, count);
    return quantise(spread, spread);
  }

  /**
   * The same in exact integers.
   *
   * @param samples typical feature vectors; they steer the precision
   * @param heldOut other typical feature vectors, on which the agreement is measured
   * @throws StrategyRefusedException if the network cannot be held in 31 bits with useful precision
   */
  public QuantisedStrategy quantise(List<FeatureVector> samples, List<FeatureVector> heldOut) {
    Quantised quantised = Quantisation.quantise(network, features, samples);
    var agreement = AgreementReport.measure(network, quantised, features, heldOut);
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

package org.probity.strategy;

/**
 * What the outputs of a linear head give away. They are public, and so are a vault's features: each
 * decision is a line about the last layer, and who knows the layers before it, because there are
 * none, or he guessed or bought them, solves for its weights. The counting is on the safe side:
 *
 * <ul>
 *   <li>Each output has unknowns of its own, a weight for each input of the layer and a bias, and
 *       each decision tells one value of each output.
 *   <li>A value that is as fine as the network's own numbers is an equation: as many decisions as
 *       unknowns determine the layer.
 *   <li>A value that is cut to steps tells which of {@code 10000 / step + 1} it is, so at most
 *       {@code log2} of that many bits; an unknown that is known to a basis point has {@code
 *       log2(10001)}. So {@code unknowns * log2(10001) / log2(10000 / step + 1)} decisions are the
 *       fewest that can tell them all.
 * </ul>
 *
 * Fewer give a copy that is right less often; and where inputs of the layer repeat or outputs stay
 * at an end, more are needed.
 *
 * @param unknowns of an output: weights and bias
 * @param weightStepBps what outputs are cut to; 0 if they are not
 * @param decisions after so many the last layer may be determined
 * @param openly whether the layer's inputs are the features themselves
 */
public record Disclosure(int unknowns, int weightStepBps, long decisions, boolean openly) {

  private static final int WHOLE_BPS = 10_000;

  static Disclosure of(FloatNetwork network, int weightStepBps) {
    int layers = network.widths().size();
    int unknowns = 1 + (layers == 1 ? network.inputs() : network.widths().get(layers - 2));
    double each =
        weightStepBps == 0
            ? 1
            : Math.log(WHOLE_BPS + 1) / Math.log(StrategyManifest.weightSteps(weightStepBps) + 1);
    return new Disclosure(unknowns, weightStepBps, (long) Math.ceil(unknowns * each), layers == 1);
  }

  /** Whether outputs are finer than the steps that are taken without a word. */
  public boolean isFine() {
    return weightStepBps < TrainedStrategy.DEFAULT_WEIGHT_STEP_BPS;
  }

  /** As a sentence that lacks its remedy and its end. */
  @Override
  public String toString() {
    return "Outputs of a linear head are public, and %s %s may determine the last layer (%s unknowns an output) after about %s decisions"
        .formatted(
            weightStepBps == 0 ? "uncut" : "in steps of %s basis points".formatted(weightStepBps),
            openly ? "anybody" : "whoever knows the layers before it",
            unknowns,
            decisions);
  }
}

package org.probity.strategy;

import org.probity.zk.Network;

/**
 * A strategy in exact integers, ready to be committed to.
 *
 * @param manifest its public description
 * @param network its weights; private
 */
public record QuantisedStrategy(StrategyManifest manifest, Network network) {

  /**
   * Refuses a network that is not the one described, or that could overflow within the declared
   * ranges.
   */
  public QuantisedStrategy {
    if (!manifest.architecture().equals(network.architecture())) {
      throw new StrategyRefusedException(
          "The network does not have the shape that its description names: quantise it again.");
    }
    IntervalAnalysis.require(network, manifest.features());
  }
}

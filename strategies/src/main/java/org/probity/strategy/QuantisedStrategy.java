package org.probity.strategy;

import org.probity.zk.Architecture;
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

  /**
   * The same strategy, its model to be committed to in another number of rows: it decides the same.
   *
   * @param logRows base-2 logarithm of that number
   */
  public QuantisedStrategy withLogRows(int logRows) {
    Architecture shape = network.architecture();
    var rows = new Architecture(shape.inputs(), shape.layers(), shape.readout(), logRows);
    return new QuantisedStrategy(
        new StrategyManifest(
            manifest.name(),
            manifest.features(),
            manifest.outputs(),
            rows,
            manifest.outputScale(),
            manifest.agreement(),
            manifest.program()),
        new Network(rows, network.layers()));
  }
}

package org.probity.strategy;

import java.util.List;
import org.probity.zk.Decision;
import org.probity.zk.FeatureVector;
import org.probity.zk.Network;

/**
 * From features to a decision: a pure function of the feature vector. Every implementation of one
 * network gives exactly the decision that its proof can prove.
 */
@FunctionalInterface
public interface Strategy {

  /**
   * Decides.
   *
   * @param features one integer for each input of the network
   * @return the index of the chosen action, or the outputs of a linear head
   * @throws IllegalArgumentException if the number of features is not the network's
   */
  Decision decide(FeatureVector features);

  /** Decides for many feature vectors, in their order; for backtests. */
  default List<Decision> decideAll(List<FeatureVector> features) {
    return features.stream().map(this::decide).toList();
  }

  /** The reference: the integer network itself, in plain Java. */
  static Strategy reference(Network network) {
    return network::decide;
  }
}

package org.probity.intent;

import org.probity.chain.Head;

/** Where the features of a head come from. */
@FunctionalInterface
public interface FeatureSource {

  /**
   * The features at {@code head}: a function of the chain up to it and of nothing else, so that the
   * vault computes the same ones.
   *
   * @throws org.probity.chain.ChainException if the chain does not answer
   */
  Observation at(Head head);
}

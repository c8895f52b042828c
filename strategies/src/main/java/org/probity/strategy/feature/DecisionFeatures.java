package org.probity.strategy.feature;

import org.probity.zk.FeatureVector;

/**
 * All twenty features of a decision.
 *
 * @param market inputs 0 to 15
 * @param vault inputs 16 to 19
 */
public record DecisionFeatures(TwapFeatures market, VaultFeatures vault) {

  /** Number of features. */
  public static final int COUNT = TwapDefinition.RETURNS + 4;

  /** The features of a vault's decision as of {@code asOf}. */
  public static DecisionFeatures of(TwapFeatures market, VaultBooks books, long asOf) {
    return new DecisionFeatures(market, books.features(asOf, market.referenceTick()));
  }

  /** In the order in which the model reads them. */
  public FeatureVector vector() {
    var values = new int[COUNT];
    for (int i = 0; i < TwapDefinition.RETURNS; i++) {
      values[i] = market.returns().get(i);
    }
    values[16] = vault.centredWeightBps();
    values[17] = vault.minutesSinceTrade();
    values[18] = vault.moveSinceTrade();
    values[19] = vault.budgetUsedBps();
    return FeatureVector.of(values);
  }
}

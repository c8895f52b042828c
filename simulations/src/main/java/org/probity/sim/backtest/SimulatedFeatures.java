package org.probity.sim.backtest;

import org.probity.chain.Bytes;
import org.probity.chain.Head;
import org.probity.intent.FeatureSource;
import org.probity.intent.Observation;
import org.probity.intent.VaultState;
import org.probity.sim.market.V3Pool;
import org.probity.strategy.feature.DecisionFeatures;
import org.probity.strategy.feature.TwapDefinition;
import org.probity.strategy.feature.TwapFeatures;

/**
 * The features that {@code TwapFeatureSource} reads from a chain, read from the simulated pool's
 * own ring of observations: the same points, indices and interpolation.
 */
final class SimulatedFeatures implements FeatureSource {

  private final V3Pool pool;
  private final SimulatedVault vault;
  private final TwapDefinition definition;
  private final long[] cumulatives = new long[TwapDefinition.POINTS];
  private final byte[] indices = new byte[2 * TwapDefinition.POINTS];

  SimulatedFeatures(V3Pool pool, SimulatedVault vault, TwapDefinition definition) {
    this.pool = pool;
    this.vault = vault;
    this.definition = definition;
  }

  /**
   * {@inheritDoc} The head must be the pool's present.
   *
   * @throws IllegalArgumentException if the pool's history is shorter than the features need
   */
  @Override
  public Observation at(Head head) {
    VaultState state = vault.state();
    long asOf = state.momentAt(head.timestamp());
    read(asOf);
    TwapFeatures market = definition.features(cumulatives, !vault.baseIsToken0());
    return new Observation(
        state,
        asOf,
        Bytes.of(indices),
        market.referenceTick(),
        DecisionFeatures.of(market, state.books(), asOf).vector());
  }

  /** Whether the pool's history reaches back far enough for a decision as of {@code asOf}. */
  boolean reach(long asOf) {
    int oldest = pool.oldestObservation();
    return pool.observationTime(oldest) <= asOf - definition.historySeconds();
  }

  /** Walks back through the ring; the points come newest first, as the ring does. */
  private void read(long asOf) {
    int cardinality = pool.observationCardinality();
    int newest = pool.observationIndex();
    int index = newest;
    int walked = 1;
    for (int i = 0; i < TwapDefinition.POINTS; i++) {
      long point = i == 0 ? asOf : asOf - definition.horizonsSeconds().get(i - 1);
      while (pool.observationTime(index) > point) {
        index = index == 0 ? cardinality - 1 : index - 1;
        if (++walked > cardinality || !pool.observationInitialized(index)) {
          throw new IllegalArgumentException(
              "The price as of %d is not in the pool's history: begin later, or raise observations"
                  .formatted(point));
        }
      }
      cumulatives[i] = cumulativeAt(index, index == newest, point, cardinality);
      indices[2 * i] = (byte) (index >> 8);
      indices[2 * i + 1] = (byte) index;
    }
  }

  private long cumulativeAt(int index, boolean newest, long point, int cardinality) {
    long before = pool.tickCumulative(index);
    long elapsed = point - pool.observationTime(index);
    if (elapsed == 0) {
      return before;
    }
    if (newest) {
      return before + pool.tick() * elapsed;
    }
    int next = index + 1 == cardinality ? 0 : index + 1;
    long slope =
        (pool.tickCumulative(next) - before)
            / (pool.observationTime(next) - pool.observationTime(index));
    return before + slope * elapsed;
  }
}

package org.probity.strategy.feature;

import java.util.List;

/**
 * What a pool's history says at one moment, as {@link TwapDefinition} defines it. All ticks are
 * oriented: a higher one is a dearer base asset.
 *
 * @param returns sixteen returns in ticks, over growing horizons, each in [-4095, 4095]
 * @param referenceTick mean tick over the reference horizon; values and sizes are reckoned at its
 *     price
 */
public record TwapFeatures(List<Integer> returns, int referenceTick) {

  /** Refuses another number of returns. */
  public TwapFeatures {
    returns = List.copyOf(returns);
    if (returns.size() != TwapDefinition.RETURNS) {
      throw new IllegalArgumentException(
          "%d returns are needed, not %d".formatted(TwapDefinition.RETURNS, returns.size()));
    }
  }
}

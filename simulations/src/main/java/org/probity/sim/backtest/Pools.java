package org.probity.sim.backtest;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.probity.sim.market.LendingPool;
import org.probity.sim.market.V2Pair;
import org.probity.sim.market.V3Pool;
import org.probity.sim.market.V4Pool;

/**
 * What steps are made in: a market's own pools, or copies of those that are met, so that what is
 * done there can be forgotten.
 */
final class Pools {

  /** The market's own. */
  static final Pools OWN = new Pools(false);

  private final boolean copies;
  private final Map<Object, Object> met = new LinkedHashMap<>();

  private Pools(boolean copies) {
    this.copies = copies;
  }

  /** Copies, as the market's are when they are first met. */
  static Pools copies() {
    return new Pools(true);
  }

  V3Pool of(V3Pool pool) {
    return of(pool, V3Pool::copy);
  }

  V2Pair of(V2Pair pair) {
    return of(pair, V2Pair::copy);
  }

  V4Pool of(V4Pool pool) {
    return of(pool, V4Pool::copy);
  }

  LendingPool of(LendingPool pool) {
    return of(pool, LendingPool::copy);
  }

  @SuppressWarnings("unchecked") // a copy is of its original's class
  private <T> T of(T own, UnaryOperator<T> copy) {
    return copies ? (T) met.computeIfAbsent(own, key -> copy.apply((T) key)) : own;
  }
}

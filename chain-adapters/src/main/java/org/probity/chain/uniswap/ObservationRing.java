package org.probity.chain.uniswap;

import java.util.List;

/**
 * Successive observations of a pool, and its tick after the newest. Between two neighbours the tick
 * is constant and the cumulative tick a straight line of integer slope, so interpolating is exact;
 * after the newest the present tick goes on.
 *
 * @param observations that follow one another, oldest first; at least one
 */
public record ObservationRing(int tick, List<Observation> observations) {

  /** Refuses a pool that has no price yet. */
  public ObservationRing {
    observations = List.copyOf(observations);
    if (observations.isEmpty()) {
      throw new IllegalArgumentException(
          "A pool without an observation has no price yet: initialize it");
    }
  }

  /** The time of the oldest observation. */
  public long oldest() {
    return observations.getFirst().timestamp();
  }

  /**
   * The place of the last observation at or before a moment.
   *
   * @throws IllegalArgumentException if there is none
   */
  public int before(long moment) {
    if (moment < oldest()) {
      throw new IllegalArgumentException(
          "The pool's oldest observation is of %s, after %s: let it log for longer"
              .formatted(oldest(), moment));
    }
    return lastUpTo(moment);
  }

  /** The same; of the oldest if there is none. */
  public int lastUpTo(long moment) {
    int low = 0;
    int high = observations.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (observations.get(middle).timestamp() <= moment) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** Whether an observation is the newest, after which nothing is known but the tick. */
  public boolean isNewest(int place) {
    return place == observations.size() - 1;
  }

  /**
   * The cumulative tick at a moment, the number that {@code observe()} gives.
   *
   * @throws IllegalArgumentException if the moment lies before the oldest observation
   */
  public long tickCumulative(long moment) {
    int at = before(moment);
    Observation before = observations.get(at);
    long slope = isNewest(at) ? tick : observations.get(at + 1).tickSince(before);
    return Observation.int56(before.tickCumulative() + slope * (moment - before.timestamp()));
  }
}

package org.probity.sim.scenario;

import org.probity.sim.market.V2Pair;
import org.probity.sim.market.V3Pool;
import org.probity.sim.market.V4Pool;

/** Another market of a scenario's two assets; a vault trades in the same ones. */
public sealed interface OtherVenue {

  /** What settings and reports call it. */
  String name();

  /** A Uniswap v2 pair. */
  record Pair(V2Pair exact) implements OtherVenue {
    @Override
    public String name() {
      return "pair";
    }
  }

  /** Another Uniswap v3 pool. */
  record OfV3(V3Pool exact) implements OtherVenue {
    @Override
    public String name() {
      return "v3";
    }
  }

  /** A Uniswap v4 pool. */
  record OfV4(V4Pool exact) implements OtherVenue {
    @Override
    public String name() {
      return "v4";
    }
  }
}

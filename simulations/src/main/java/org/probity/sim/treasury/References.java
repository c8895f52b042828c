package org.probity.sim.treasury;

import java.util.ArrayList;
import java.util.List;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PoolView;
import org.probity.sim.market.Reverted;

/** Reference ticks before there is a plan. */
final class References {

  private References() {}

  /**
   * For each asset the mean tick of its route over the policy's window up to a moment, as every
   * plan has it; 0 for the numeraire.
   *
   * @throws SimulatedProgram.Unknown if a pool's history does not reach back that far
   */
  static List<Integer> of(SimulatedTreasury vault, long asOf, long now) {
    Policy policy = vault.policy();
    List<Integer> refs = new ArrayList<>();
    for (int i = 0; i < policy.assets(); i++) {
      refs.add(i == 0 ? 0 : reference(vault, i, asOf, now));
    }
    return refs;
  }

  private static int reference(SimulatedTreasury vault, int asset, long asOf, long now) {
    Policy policy = vault.policy();
    long window = policy.limits().numbers().window();
    int sum = 0;
    for (Policy.Hop hop : policy.parts().assets().get(asset).route()) {
      PoolView pool = vault.market().seenBy(policy, now).pool(hop.pool());
      try {
        long passed = (pool.tickCumulative(asOf) - pool.tickCumulative(asOf - window)) << 8 >> 8;
        int mean = (int) Math.floorDiv(passed, window);
        sum += hop.inverted() ? -mean : mean;
      } catch (Reverted e) {
        throw new SimulatedProgram.Unknown(
            "The pools of asset %d have no price as of %d: let them log for longer"
                .formatted(asset, asOf));
      }
    }
    return sum;
  }
}

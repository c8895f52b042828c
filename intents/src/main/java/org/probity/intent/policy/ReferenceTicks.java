package org.probity.intent.policy;

import java.util.ArrayList;
import java.util.List;
import org.probity.intent.policy.Policy.Asset;
import org.probity.intent.policy.Policy.Hop;
import org.probity.strategy.feature.TwapReturns;

/**
 * The prices that a vault's books are valued at: the mean tick of each asset's route over the
 * policy's window up to a moment, whoever knows the pools' pasts; as {@code PriceGuard.sol} has
 * them.
 */
public final class ReferenceTicks {

  private ReferenceTicks() {}

  /** What the pools remember. */
  @FunctionalInterface
  public interface Past {
    /**
     * A pool's cumulative tick, a 56-bit number that may wrap.
     *
     * @param pool its index in the policy's parts
     * @param moment seconds of Unix time
     */
    long cumulativeTick(int pool, long moment);
  }

  /**
   * By asset; a higher tick is a dearer asset, and the numeraire's, which is first, is 0.
   *
   * @param asOf the moment, in seconds of Unix time
   */
  public static List<Integer> of(Policy policy, long asOf, Past pools) {
    long window = policy.limits().numbers().window();
    List<Integer> refs = new ArrayList<>(policy.assets());
    for (Asset asset : policy.parts().assets()) {
      refs.add(of(asset.route(), window, asOf, pools));
    }
    return List.copyOf(refs);
  }

  /** Of one route: the sum of its pools' means, each oriented along it. */
  static int of(List<Hop> route, long window, long asOf, Past pools) {
    int tick = 0;
    for (Hop hop : route) {
      long later = pools.cumulativeTick(hop.pool(), asOf);
      long earlier = pools.cumulativeTick(hop.pool(), asOf - window);
      int mean = Math.toIntExact(TwapReturns.meanTick(later, earlier, window));
      tick += hop.inverted() ? -mean : mean;
    }
    return tick;
  }
}

package org.probity.intent;

import java.math.BigInteger;
import java.util.List;

/**
 * What the execution of a decision was said to come to, if its steps are made at these venues. All
 * quotes of a decision are of one state of the chain.
 *
 * @param venues for each asset but the numeraire: 0 its route, k the policy's venue k - 1
 */
public record VenueQuote(List<Integer> venues, Answer answer) {

  public VenueQuote {
    venues = List.copyOf(venues);
  }

  /** Whether every step is made along its route. */
  public boolean routesAlone() {
    return venues.stream().allMatch(venue -> venue == 0);
  }

  /** What was answered. */
  public sealed interface Answer {}

  /**
   * The vault would carry it out.
   *
   * @param deltas what the vault would gain, asset by asset
   * @param outcome what it would gain by that at the decision's reference prices, in the
   *     numeraire's smallest unit; negative for most trades, which cost something
   * @param traded what would be exchanged against the numeraire, valued likewise
   * @param gasUsed by the execution, without what every transaction costs
   * @param gasCost what that costs in the numeraire's smallest unit; 0 where the chain's own coin
   *     has no price in the policy
   */
  public record Fills(
      List<AssetDelta> deltas,
      BigInteger outcome,
      BigInteger traded,
      long gasUsed,
      BigInteger gasCost)
      implements Answer {

    public Fills {
      deltas = List.copyOf(deltas);
    }

    /** What it gains after its gas. */
    public BigInteger net() {
      return outcome.subtract(gasCost);
    }
  }

  /** The vault would refuse it. */
  public record Refused(String reason) implements Answer {}

  /**
   * Nobody answered: the node would not say what an execution comes to. Then the routes are taken,
   * and nothing was compared.
   */
  public record Unanswered(String reason) implements Answer {}
}

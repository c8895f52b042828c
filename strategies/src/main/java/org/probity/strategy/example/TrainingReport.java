package org.probity.strategy.example;

import java.util.List;

/**
 * How good a trained strategy is, on a market that it was not trained on. Payoffs are means a
 * decision, in basis points of equity.
 *
 * @param heldOut number of decisions judged
 * @param counts how often each action was chosen
 * @param accuracy share of decisions for the action with the best expectation, 0 to 1
 * @param accuracyOfOneAction the same for whichever single action is best when always taken
 * @param payoff by expectation
 * @param realisedPayoff by what happened
 * @param rulePayoff by expectation, of the plain rule that the example is compared with: momentum,
 *     or thresholds of the health factor
 * @param knowingPayoff by expectation, of a trader who knows the regime: nobody can do better
 */
public record TrainingReport(
    int heldOut,
    List<Integer> counts,
    double accuracy,
    double accuracyOfOneAction,
    double payoff,
    double realisedPayoff,
    double rulePayoff,
    double knowingPayoff) {

  /** Copies the list. */
  public TrainingReport {
    counts = List.copyOf(counts);
  }

  @Override
  public String toString() {
    return "right in %.1f %% of %d held-out decisions (one action always: %.1f %%); payoff %.2f bps a decision expected, %.2f realised; a plain rule %.2f, knowing the regime %.2f; chosen %s"
        .formatted(
            100 * accuracy,
            heldOut,
            100 * accuracyOfOneAction,
            payoff,
            realisedPayoff,
            rulePayoff,
            knowingPayoff,
            counts);
  }
}

package org.probity.agent.checks;

import java.util.List;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.settings.PolicySettings;

/** Whether what an owner allows can ever be done, before the vault refuses it for money. */
public final class PolicyChecks {

  private static final int MOST_DECISIONS = 16;

  private PolicyChecks() {}

  /** Looks at the policy against the strategy's decisions. */
  public static void decisions(Examination exam, PolicySettings policy, List<String> outputs) {
    exam.look(CheckName.POLICY_TARGETS, () -> targets(policy, outputs));
  }

  /** Looks at the policy by itself. */
  public static void bounds(Examination exam, PolicySettings policy) {
    exam.look(CheckName.POLICY_BOUNDS, () -> bounds(policy));
  }

  /** Looks at the policy against the pool. */
  public static void slippage(Examination exam, PolicySettings policy, UniswapPool pool) {
    exam.look(CheckName.POLICY_SLIPPAGE, () -> slippage(policy, pool.fee()));
  }

  private static Finding targets(PolicySettings policy, List<String> outputs) {
    if (policy.targets().size() != outputs.size()) {
      return Finding.wrong(
          "The policy has %s targets and the strategy %s decisions (%s)"
              .formatted(policy.targets().size(), outputs.size(), String.join(", ", outputs)),
          "give each decision one");
    }
    if (outputs.size() > MOST_DECISIONS) {
      return Finding.wrong(
          "The strategy has %s decisions and a vault knows %s"
              .formatted(outputs.size(), MOST_DECISIONS),
          "make it with fewer");
    }
    if (policy.targets().stream().noneMatch(java.util.OptionalInt::isPresent)) {
      return Finding.doubtful(
          "Every target of the policy is to hold, so that nothing is ever traded",
          "give a decision a weight");
    }
    return Finding.fine("one for each of %s".formatted(String.join(", ", outputs)));
  }

  private static Finding bounds(PolicySettings policy) {
    if (policy.maxNotionalPerEpoch().compareTo(policy.minTrade()) < 0) {
      return Finding.wrong(
          "The policy's budget of %s an epoch is less than its smallest trade of %s"
              .formatted(
                  policy.maxNotionalPerEpoch().toPlainString(), policy.minTrade().toPlainString()),
          "raise max-notional-per-epoch or lower min-trade");
    }
    if (policy.stepSeconds() == 1) {
      return Finding.doubtful(
          "A step of 1 s lets whoever runs the agent choose the second that is decided for",
          "set step-seconds to the schedule that is meant");
    }
    if (policy.maxAgeSeconds() < 30) {
      return Finding.doubtful(
          "Features may be only %s s old when they are executed, which a proof and two blocks may take"
              .formatted(policy.maxAgeSeconds()),
          "set max-age-seconds to a minute or more");
    }
    if (policy.epochSeconds() < policy.stepSeconds()) {
      return Finding.doubtful(
          "An epoch of %s s is shorter than the step of %s s, so that the budget bounds each trade and no sum"
              .formatted(policy.epochSeconds(), policy.stepSeconds()),
          "set epoch-seconds to several steps");
    }
    return Finding.fine(
        "a decision each %s s, up to %s s old"
            .formatted(policy.stepSeconds(), policy.maxAgeSeconds()));
  }

  /** The vault's own rule, in ticks: a fee in hundredths of a basis point, rounded up, and one. */
  private static Finding slippage(PolicySettings policy, int fee) {
    int feeBps = (fee + 99) / 100 + 1;
    return policy.maxSlippageBps() <= feeBps
        ? Finding.wrong(
            "The policy admits %s basis points of slippage, which the pool's fee alone takes"
                .formatted(policy.maxSlippageBps()),
            "set max-slippage-bps to more than %s".formatted(feeBps))
        : Finding.fine(
            "%s basis points with the fee, more than %s"
                .formatted(policy.maxSlippageBps(), feeBps));
  }
}

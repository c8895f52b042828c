package org.probity.intent.policy;

import java.util.List;
import org.probity.chain.Address;

/**
 * Which steps, or why none; the {@code Plan} of {@code PolicyEngine.sol}.
 *
 * @param steps sells first, then buys, each by ascending asset
 * @param refs reference ticks by asset; 0 for the numeraire
 * @param reason why there is no step; {@link Reason#NONE} if there is one, or a loan
 * @param before what comes from the lending market before the steps
 * @param later what goes to it after them
 * @param account the vault's with its lending market; zero without one
 */
public record Plan(
    List<PlanStep> steps,
    List<Integer> refs,
    Reason reason,
    List<LoanStep> before,
    List<LoanStep> later,
    Address account)
    implements Planned {

  public Plan {
    steps = List.copyOf(steps);
    refs = List.copyOf(refs);
    before = List.copyOf(before);
    later = List.copyOf(later);
  }

  /** Without loans. */
  public Plan(List<PlanStep> steps, List<Integer> refs, Reason reason) {
    this(steps, refs, reason, List.of(), List.of(), Address.ZERO);
  }

  /** Whether a lending market is asked for anything. */
  public boolean lends() {
    return !before.isEmpty() || !later.isEmpty();
  }

  /** Why a decision leads to no step, in the contract's order: of several the last is told. */
  public enum Reason {
    NONE,
    /** The model says so. */
    HOLD,
    /** What there is to trade is less than the smallest trade. */
    AT_TARGET,
    /** The policy lets this decision not trade this way, or this asset not be bought. */
    DIRECTION,
    /** The allowance's rest is less than the smallest trade. */
    ALLOWANCE,
    /** As much of the asset as the policy allows is held. */
    EXPOSURE,
    /** There is no numeraire to buy with, or nothing to sell that the lending market gives back. */
    FUNDS
  }
}

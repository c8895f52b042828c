package org.probity.intent.policy;

import java.math.BigInteger;

/** Carries a step out; what {@code IAction} is on chain. */
@FunctionalInterface
public interface StepAction {

  /**
   * Trades.
   *
   * @param amountIn the most that may be given: the step's own, or less where there was less
   */
  StepResult run(PlanStep step, BigInteger amountIn);
}

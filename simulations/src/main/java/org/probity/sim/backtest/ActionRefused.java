package org.probity.sim.backtest;

import org.probity.intent.policy.Refusal;

/** An action reverts: while it trades, or while a plan asks it what there is at a venue. */
final class ActionRefused extends RuntimeException {

  private static final long serialVersionUID = 1L;

  // Serialization is inherited from Throwable and not used.
  private final transient Refusal refusal;

  ActionRefused(Refusal refusal) {
    super(refusal.toString(), null, false, false);
    this.refusal = refusal;
  }

  Refusal refusal() {
    return refusal;
  }
}

package org.probity.intent;

/**
 * How long an agent's decisions hold, and which of them are executed and proven, by whom.
 *
 * @param lifetimeSeconds a decision's deadline, counted from its head's timestamp
 * @param sendsHolds whether a decision without a trade is executed too: that moves nothing, costs
 *     gas, and leaves an unbroken record on chain
 * @param provesAll whether decisions that are not sent are proven too, for the record
 * @param byAnyone whether whoever holds a proven decision may have it executed, and not the agent's
 *     account alone
 */
public record Pace(long lifetimeSeconds, boolean sendsHolds, boolean provesAll, boolean byAnyone) {

  /** Proves every decision, for the agent's account alone. */
  public Pace(long lifetimeSeconds, boolean sendsHolds) {
    this(lifetimeSeconds, sendsHolds, true, false);
  }
}

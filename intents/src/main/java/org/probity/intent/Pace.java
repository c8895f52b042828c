package org.probity.intent;

/**
 * How long an agent's decisions hold, and what becomes of those that trade nothing.
 *
 * @param lifetimeSeconds a decision's deadline, counted from its head's timestamp
 * @param sendsHolds whether a decision to hold is executed too: that trades nothing, costs gas, and
 *     leaves an unbroken record on chain
 * @param provesAll whether decisions that are not sent are proven too, for the record
 */
public record Pace(long lifetimeSeconds, boolean sendsHolds, boolean provesAll) {

  /** Proves every decision. */
  public Pace(long lifetimeSeconds, boolean sendsHolds) {
    this(lifetimeSeconds, sendsHolds, true);
  }
}

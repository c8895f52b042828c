package org.probity.intent.policy;

/** One movement between a vault and a lending market, in the contract's order. */
public enum Loan {
  /** Takes back what is supplied. */
  WITHDRAW,
  BORROW,
  REPAY,
  SUPPLY
}

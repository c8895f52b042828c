package org.probity.intent;

import java.math.BigInteger;

/** What the execution of a decision would come to. */
public sealed interface Prospect {

  /**
   * A trade.
   *
   * @param notional in units of the quote asset at the reference price; positive buys the base
   *     asset, negative sells it
   */
  record Trade(BigInteger notional) implements Prospect {}

  /** The decision is to hold: executing it records it and trades nothing. */
  record Hold() implements Prospect {}

  /**
   * Nothing would be executed: the vault is at its target or has no budget left, or the node could
   * not carry out anything.
   *
   * @param lasting whether the reason holds whatever is decided, on later heads too, until it is
   *     over: it is told once
   */
  record Nothing(String reason, boolean lasting) implements Prospect {
    public Nothing(String reason) {
      this(reason, false);
    }
  }
}

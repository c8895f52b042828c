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

  /** The vault would refuse, for there is nothing to be done: at its target, or no budget left. */
  record Nothing(String reason) implements Prospect {}
}

package org.probity.intent.policy;

import java.math.BigInteger;
import org.probity.chain.Address;

/** What a plan asks of a market, as it is at one moment of one block. */
public interface MarketView {

  /** The pool with this index in the policy's parts. */
  PoolView pool(int index);

  /** What {@code latestRoundData} of a Chainlink feed says, or of a sequencer's uptime feed. */
  Round latestRound(Address feed);

  /**
   * A feed's round.
   *
   * @param answer of an uptime feed 0 for up
   * @param startedAt seconds of Unix time
   * @param updatedAt seconds of Unix time; 0 if there was never one
   */
  record Round(BigInteger answer, long startedAt, long updatedAt) {}
}

package org.probity.intent.policy;

import java.math.BigInteger;
import org.probity.chain.Address;

/** What a plan asks of a market, as it is at one moment of one block. */
public interface MarketView {

  /** The pool with this index in the policy's parts. */
  PoolView pool(int index);

  /**
   * What there is to trade with at the policy's venue of this index, as {@code IVenue.liquidity}
   * has it; asked of those only that a plan trades at.
   */
  default BigInteger venueLiquidity(int venue) {
    throw new IllegalArgumentException(
        "This market knows no venue %s: name a market that was read for a policy with it"
            .formatted(venue));
  }

  /**
   * What the vault that plans has with its lending market; {@link LendingView#NONE} without one.
   */
  default LendingView lending() {
    return LendingView.NONE;
  }

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

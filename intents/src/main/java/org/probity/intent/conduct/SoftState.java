package org.probity.intent.conduct;

import java.math.BigInteger;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Head;
import org.probity.intent.Proposal;

/**
 * What an agent knows besides its journal, and forgets in a crash. Changed in a {@link Transition}.
 */
final class SoftState implements Cloneable {

  /** A head, and when it came on this agent's clock: together they say what time the chain has. */
  record Arrival(Head head, Instant at) {

    /** Longer than any chain has run: in a journal that somebody wrote may stand any number. */
    private static final long MOST_SECONDS = 100_000_000_000L;

    Instant onClock(long timestamp) {
      return at.plusSeconds(Math.clamp(timestamp - head.timestamp(), -MOST_SECONDS, MOST_SECONDS));
    }
  }

  /** A decision, unproven or proven and in hand, and why its vault last refused it. */
  record Postponed(Proposal proposal, String why) {}

  /** How long to wait before it is outfitted again. */
  final Retry outfitting;

  /** How long to wait after a failed step; null until it is outfitted. */
  @Nullable Retry retry;

  Phase phase = new Phase.Idle();

  /** The newest of the heads that came while another one was worked on. */
  @Nullable Head waiting;

  @Nullable Arrival newest;

  /** When the head came that was last taken or is waiting. */
  Instant since = Instant.EPOCH;

  long turn;

  /** How often in a row a step of this moment failed. */
  int failures;

  /** How often in a row it waited for others: for a block, or for nodes to agree. */
  int standstills;

  int outfittings;

  /** Why it is not outfitted; null if it is, or has not been tried yet. */
  @Nullable String lack;

  /** The step of the vault's schedule as seen since the start; 0 until then. */
  long seenStep;

  /** The moments up to this one are left without a decision. */
  long left;

  /** The highest nonce of the vault that was seen. */
  BigInteger seenNonce = BigInteger.ZERO;

  boolean toldAhead;

  /** The decision that the market or the clock is against; null if none is. */
  @Nullable Postponed postponed;

  /** Why nothing can be executed whatever is decided, once that is told; null otherwise. */
  @Nullable String hindrance;

  SoftState(Retry outfitting) {
    this.outfitting = outfitting;
  }

  SoftState copy() {
    try {
      return (SoftState) clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(e); // it can be cloned, and all that it holds is immutable
    }
  }
}

package org.probity.intent.conduct;

import java.time.Duration;
import java.time.Instant;
import org.probity.chain.Head;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;
import org.probity.intent.Standing;

/**
 * What an agent hears: the chain's news, what its owner wants, and how its {@link Task}s went. An
 * answer names the turn of its task; one of an earlier turn is void, since a reorg, a restart or
 * its owner came between.
 */
public sealed interface Input {

  // ---- what its owner wants; refused by a Task.Refuse ----

  /**
   * @param amends whether an agent that exists takes over what differs in {@code spec}
   */
  record Create(AgentSpec spec, boolean amends) implements Input {}

  record Pause(String reason) implements Input {}

  record Resume() implements Input {}

  record Retire(String reason) implements Input {}

  // ---- news ----

  /**
   * The chain has a new head.
   *
   * @param since when it came, by the clock that gives the time of inputs
   */
  record NewHead(Head head, Instant since) implements Input {}

  /** A head that came before is in no block any more. */
  record GoneHead(Head head) implements Input {}

  // ---- how tasks went ----

  /**
   * Everything that the agent needs is there.
   *
   * @param retry how long to wait after a failed step
   */
  record Outfitted(Retry retry) implements Input {}

  record NotOutfitted(String reason) implements Input {}

  record Observed(long turn, Proposal proposal, Prospect prospect) implements Input {}

  record NotObserved(long turn, Head head, String reason) implements Input {}

  /** The proof is made, and the agent's own verifier accepts it. */
  record Proved(long turn, ProvenIntent intent, Duration took) implements Input {}

  /**
   * @param step {@link Step#PROVING}, or {@link Step#CHECKING} if the proof does not hold
   */
  record NotProved(long turn, Step step, String reason) implements Input {}

  /** The order was taken back, or its time was over before a prover took it. */
  record Withdrawn(long turn, String reason) implements Input {}

  /** What was heard meanwhile is dealt with: the answer to {@link Task.Continue}. */
  record Continued(long turn) implements Input {}

  record Settled(long turn, Settlement settlement) implements Input {}

  record NotSettled(long turn, String reason) implements Input {}

  record Stands(long turn, Proposal proposal, Standing standing) implements Input {}

  record StandingUnknown(long turn, String reason) implements Input {}

  /** The pause is over. */
  record Waited() implements Input {}
}

package org.probity.intent.conduct;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.probity.chain.Head;
import org.probity.intent.Proposal;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;

/**
 * What an agent wants done, once the events that came with it are in its journal. Tasks are done in
 * their order; those that take time are answered by an {@link Input} with their turn.
 */
public sealed interface Task {

  /** To get what the agent needs: {@link Input.Outfitted} or {@link Input.NotOutfitted}. */
  record Outfit(AgentSpec spec) implements Task {}

  /** To bring it heads from here on. */
  record Join() implements Task {}

  /** It needs no heads, and nothing of this process, until its owner wants something. */
  record Rest() implements Task {}

  /**
   * To read the features at {@code head}, have the model decide, and ask the venue what would come
   * of it: {@link Input.Observed} or {@link Input.NotObserved}.
   *
   * @param since when the news came that made the agent look
   */
  record Observe(long turn, Head head, Instant since) implements Task {}

  /**
   * To prove: {@link Input.Proved}, {@link Input.NotProved} or {@link Input.Withdrawn}.
   *
   * @param expires when nobody needs the proof any more
   */
  record Prove(long turn, Proposal proposal, Instant expires) implements Task {}

  /** To take back the order of a proof, unless a prover has it. */
  record Withdraw(long turn) implements Task {}

  /** To hear first what has come meanwhile, a reorg say: {@link Input.Continued}. */
  record Continue(long turn) implements Task {}

  /**
   * To have it executed, or to follow what was sent: {@link Input.Settled} or {@link
   * Input.NotSettled}.
   *
   * @param expires its deadline; empty if it was sent before
   */
  record Submit(long turn, ProvenIntent intent, Optional<Instant> expires) implements Task {

    static final String TOO_LATE = "its deadline was over before it could be sent";

    /**
     * What is to be answered instead of submitting it, at the moment at which it would leave.
     *
     * @return empty if its deadline has not passed
     */
    public Optional<Settlement> late(Instant now) {
      return expires
          .filter(now::isAfter)
          .map(_ -> new Settlement.Refused(TOO_LATE, Optional.empty()));
    }
  }

  /**
   * To ask the venue what has become of a decision: {@link Input.Stands} or {@link
   * Input.StandingUnknown}.
   */
  record Ask(long turn, Proposal proposal) implements Task {}

  /** To wait: {@link Input.Waited}. An earlier wait is forgotten. */
  record Wait(Duration pause) implements Task {}

  /** To wait no longer. */
  record StopWaiting() implements Task {}

  /** To tell whoever watches. */
  record Tell(Notice notice) implements Task {}

  /**
   * To tell its owner that this cannot be.
   *
   * @param reason a sentence
   */
  record Refuse(String reason) implements Task {}
}

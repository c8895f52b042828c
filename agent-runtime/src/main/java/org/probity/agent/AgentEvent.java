package org.probity.agent;

import java.time.Duration;
import org.probity.chain.Head;
import org.probity.chain.HeadSource;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;

/** What an agent tells whoever watches it, in the order in which it happens. */
public sealed interface AgentEvent {

  /** How heads come has changed: announced, polled, or not at all. */
  record HeadsChanged(HeadSource.Condition condition, String detail) implements AgentEvent {}

  /** Work on a head began. */
  record Taken(Head head) implements AgentEvent {}

  /** A head was given up before its proof, because {@code newer} had arrived. */
  record Dropped(Head head, Head newer) implements AgentEvent {}

  /**
   * The model decided; nothing is proven yet.
   *
   * @param prospect what executing it would come to
   */
  record Decided(Proposal proposal, Prospect prospect) implements AgentEvent {}

  /** The decision is proven, and the agent's own verifier accepted the proof. */
  record Proved(ProvenIntent intent, Duration took) implements AgentEvent {}

  /**
   * There is nothing to execute, so the proof is not sent: it stays with the agent. Nothing is left
   * to do for this head.
   */
  record Kept(ProvenIntent intent, Prospect prospect) implements AgentEvent {}

  /**
   * The vault has acted as of this head's moment already, or as of a later one, and acts once for
   * each. Nothing is left to do for this head.
   *
   * @param asOf the head's moment, in seconds of Unix time
   */
  record Past(Head head, long asOf) implements AgentEvent {}

  /** The venue executed the intent. Nothing is left to do for this head. */
  record Executed(ProvenIntent intent, Settlement.Executed settlement) implements AgentEvent {}

  /**
   * A step did not succeed.
   *
   * @param attempt how many times this head has failed now
   * @param pause how long the agent waits before it tries again; zero if it leaves this head and
   *     waits for the next one
   */
  record Failed(Head head, Step step, String reason, int attempt, Duration pause)
      implements AgentEvent {}

  /** The steps from a head to a receipt. */
  enum Step {
    OBSERVING("reading the features"),
    PROVING("proving"),
    CHECKING("checking its own proof"),
    SETTLING("executing");

    private final String words;

    Step(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }
}

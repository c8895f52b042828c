package org.probity.intent.conduct;

import java.math.BigInteger;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.chain.Head;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;

/** What an agent tells whoever watches it, in the order in which it happens. */
public sealed interface Notice {

  /** Work on a head began. */
  record Taken(Head head) implements Notice {}

  /** A head was given up before its proof, because {@code newer} had arrived. */
  record Dropped(Head head, Head newer) implements Notice {}

  /**
   * The model decided; nothing is proven yet.
   *
   * @param prospect what executing it would come to
   */
  record Decided(Proposal proposal, Prospect prospect) implements Notice {}

  /** The decision is proven, and the agent's own verifier accepted the proof. */
  record Proved(ProvenIntent intent, Duration took) implements Notice {}

  /**
   * There is nothing to execute, so the proof is not sent: it stays with the agent. Nothing is left
   * to do for this head.
   */
  record Kept(ProvenIntent intent, Prospect prospect) implements Notice {}

  /**
   * The vault has acted as of this head's moment already, or as of a later one, and acts once for
   * each. Nothing is left to do for this head.
   *
   * @param asOf the head's moment, in seconds of Unix time
   */
  record Past(Head head, long asOf) implements Notice {}

  /**
   * The intent is about to be given to its venue; the journal knows it. Told anew by an agent that
   * comes back after that, before it does anything else.
   */
  record Submitted(ProvenIntent intent) implements Notice {}

  /** The venue executed the intent. Nothing is left to do for this head. */
  record Executed(Proposal proposal, Settlement.Executed settlement) implements Notice {}

  /**
   * A reorg took away the block of a decision's head, or the one that executed it. What was decided
   * there is decided anew on the new branch.
   *
   * @param head the block that is gone, as far as it is known
   */
  record Reverted(Proposal proposal, Head head, boolean executed) implements Notice {}

  /**
   * The vault has executed more intents than the agent's journal knows of.
   *
   * @param nonce as the vault has it: how many it has executed
   * @param known how many are known
   */
  record Ahead(Head head, Address vault, BigInteger nonce, BigInteger known) implements Notice {

    /** What is to be made of it. */
    public String sentence() {
      return "The vault %s has executed %s intents, and the agent's journal knows of %s: an older copy of the journal was put back, or somebody else acts for this vault."
          .formatted(vault, nonce, known);
    }
  }

  /**
   * Nothing can be executed, whatever is decided, and it lasts: told once, after the one decision
   * that the journal has of it. Until {@link Unhindered} nothing is decided.
   *
   * @param why a clause that says what is wrong
   */
  record Hindered(Head head, String why) implements Notice {}

  /** What kept the agent from acting is over. */
  record Unhindered(Head head) implements Notice {

    /** What is to be made of it. */
    public String sentence() {
      return "what kept it from acting is over: it decides again";
    }
  }

  /**
   * The agent's journal does not hold, so the agent does nothing.
   *
   * @param why a sentence that says what is wrong and what to do
   */
  record Stopped(String why) implements Notice {}

  /** The agent was created, paused, resumed or retired. */
  record LifeChanged(Life life, String reason) implements Notice {}

  /** A step was done, well or badly: for those who count time. */
  record Timed(Head head, Stage stage, Duration took) implements Notice {}

  /**
   * The vault would refuse, or refused, the decision for what the market or the clock was: it is
   * asked again at each head that follows, until its moment is over. Told at the first such head,
   * and after each attempt to send it.
   *
   * @param why a clause
   */
  record Postponed(Head head, String why) implements Notice {}

  /**
   * The market or the clock was against the decision until its moment was over: it is left.
   *
   * @param head that it was decided on
   * @param why it was refused last, as a clause
   */
  record Missed(Head head, String why) implements Notice {}

  /** What takes an agent's time, in the order of the spine. */
  enum Stage {
    /** From a head's arrival to its features and books. */
    OBSERVE,
    /** From the features to the decision, with the wait for others of its batch. */
    DECIDE,
    /** From a head's arrival to its decision in the journal. */
    HEAD_TO_DECISION,
    /** From the order of a proof to the proof. */
    PROVE,
    /** From sending to the receipt. */
    SETTLE,
    /** From an event to its place in the journal. */
    JOURNAL
  }

  /**
   * A step did not succeed.
   *
   * @param head the head that is tried again or left; null where the failure is of no head
   * @param attempt how many times this head has failed now
   * @param pause how long the agent waits before it tries again; zero if it leaves this head and
   *     waits for the next one
   */
  record Failed(@Nullable Head head, Step step, String reason, int attempt, Duration pause)
      implements Notice {}
}

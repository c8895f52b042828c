package org.probity.agent.watch;

import java.time.Instant;

/**
 * Something that a person should look at.
 *
 * @param subject the agent or account that it is about; empty if it is the whole node
 * @param since when it began
 * @param detail a sentence that says what is wrong and what to do
 */
public record Alert(Kind kind, String subject, Instant since, String detail) {

  /** What can be wrong; the alert rules for Prometheus have the same names. */
  public enum Kind {
    /** No new head has come. */
    STALLED_HEAD("StalledHead"),
    /** An intent was sent and neither executed nor refused. */
    STUCK_INTENT("StuckIntent"),
    /** The journal's database answers late or not at all. */
    JOURNAL_BEHIND("JournalBehind"),
    /** An agent's journal is not the newest, or does not hold. */
    JOURNAL_DOUBTFUL("JournalDoubtful"),
    /** The market, or the clock, was against an agent's decisions for some moments in a row. */
    MOMENTS_MISSED("MomentsMissed"),
    /** Holds that are proven cannot be claimed. */
    HOLDS_UNCLAIMED("HoldsUnclaimed"),
    /** An account may soon be unable to pay for gas. */
    BALANCE_LOW("BalanceLow"),
    /**
     * An agent lacks what it needs to act: its key, model or vault, or it is not the vault's only
     * one.
     */
    NOT_EQUIPPED("AgentNotEquipped");

    private final String title;

    Kind(String title) {
      this.title = title;
    }

    /** As rules, logs and answers name it. */
    public String title() {
      return title;
    }
  }
}

package org.probity.sim.backtest;

/**
 * Something about the market history that a reader of the result should know first.
 *
 * @param kind of the finding
 * @param count how often
 * @param sentence what it is, and what it means for the result
 */
public record DataWarning(Kind kind, long count, String sentence) {

  /** Kinds of findings. */
  public enum Kind {
    /** Stretches of time with no record. */
    GAP,
    /** Records that came twice; one of them was kept. */
    DUPLICATE,
    /** Moves that are large beside their neighbours. */
    OUTLIER,
    /** The history is short beside what the result is used for. */
    SHORT,
    /** Heads on which nothing could be decided. */
    UNDECIDED,
    /** Decisions of which none came to a trade. */
    UNTRADED,
    /** Something was assumed that the history does not say. */
    ASSUMPTION
  }
}

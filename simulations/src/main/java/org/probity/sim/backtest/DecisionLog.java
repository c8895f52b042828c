package org.probity.sim.backtest;

import java.util.List;

/**
 * What was decided at each head that the vault's schedule has a moment for.
 *
 * @param entries in the order of the heads
 */
public record DecisionLog(List<Entry> entries) {

  /** What became of a decision. */
  public enum Fate {
    /** The vault traded. */
    TRADED,
    /** The decision was to hold, and was recorded on chain. */
    RECORDED,
    /** The decision was to hold, and nothing was sent. */
    HELD,
    /** There was nothing to do: at the target, the budget spent, no target. */
    IDLE,
    /** The vault refused it in a block: its price had moved away, it came too late. */
    REFUSED,
    /** It reached no block in time: failed inclusions, or a reorg undid it. */
    LOST,
    /** The run ended first. */
    PENDING
  }

  /**
   * One decision.
   *
   * @param head index into the {@link EquityCurve} of the head that was decided on
   * @param time of that head, in seconds of Unix time
   * @param decision the model's class
   * @param featuresDigest the first 64 bits of the SHA-256 of the features as 32-bit big-endian
   *     integers
   */
  public record Entry(int head, long time, int decision, long featuresDigest, Fate fate) {

    Entry with(Fate other) {
      return new Entry(head, time, decision, featuresDigest, other);
    }
  }

  public DecisionLog {
    entries = List.copyOf(entries);
  }

  /** The number of decisions. */
  public int size() {
    return entries.size();
  }

  public Entry entry(int i) {
    return entries.get(i);
  }

  /** How many decisions had this fate. */
  public int count(Fate fate) {
    return (int) entries.stream().filter(entry -> entry.fate == fate).count();
  }

  @Override
  public String toString() {
    return "DecisionLog[" + size() + " decisions]";
  }
}

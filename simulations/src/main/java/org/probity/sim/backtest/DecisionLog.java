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
    /** There was nothing to trade, and the decision was recorded on chain. */
    RECORDED,
    /** The decision was to hold, and nothing was sent. */
    HELD,
    /** It wanted a trade, but there was nothing to do: at the target, the allowance used up. */
    IDLE,
    /** The vault would have refused it, which was seen in time: nothing was sent. */
    FORESEEN,
    /** The vault refused it: its price had moved away, it came too late. */
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
   * @param outputs the model's: a class alone, or a number for each asset but the numeraire
   * @param featuresDigest the first 64 bits of the SHA-256 of the features as 32-bit big-endian
   *     integers
   * @param why the reason of a fate that is no trade, in the vault's own words; empty without one
   */
  public record Entry(
      int head, long time, List<Integer> outputs, long featuresDigest, Fate fate, String why) {

    public Entry {
      outputs = List.copyOf(outputs);
    }

    /** {@link #why} without its numbers. */
    public String reason() {
      int numbers = why.indexOf('(');
      return numbers < 0 ? why : why.substring(0, numbers);
    }

    Entry with(Fate other, String reason) {
      return new Entry(head, time, outputs, featuresDigest, other, reason);
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

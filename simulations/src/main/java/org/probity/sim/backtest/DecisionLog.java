package org.probity.sim.backtest;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What was decided at each head that the vault's schedule has a moment for, column by column. */
public final class DecisionLog {

  private final int[] heads;
  private final long[] times;
  private final byte[] decisions;
  private final long[] features;
  private final byte[] fates;

  private DecisionLog(int[] heads, long[] times, byte[] decisions, long[] features, byte[] fates) {
    this.heads = heads;
    this.times = times;
    this.decisions = decisions;
    this.features = features;
    this.fates = fates;
  }

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
  public record Entry(int head, long time, int decision, long featuresDigest, Fate fate) {}

  /** The log of these columns, which must be equally long. */
  static DecisionLog of(
      int[] heads, long[] times, byte[] decisions, long[] features, byte[] fates, int size) {
    return new DecisionLog(
        Arrays.copyOf(heads, size),
        Arrays.copyOf(times, size),
        Arrays.copyOf(decisions, size),
        Arrays.copyOf(features, size),
        Arrays.copyOf(fates, size));
  }

  /** The log of these entries. */
  public static DecisionLog of(java.util.List<Entry> entries) {
    int size = entries.size();
    var log =
        new DecisionLog(
            new int[size], new long[size], new byte[size], new long[size], new byte[size]);
    for (int i = 0; i < size; i++) {
      Entry entry = entries.get(i);
      log.heads[i] = entry.head;
      log.times[i] = entry.time;
      log.decisions[i] = (byte) entry.decision;
      log.features[i] = entry.featuresDigest;
      log.fates[i] = (byte) entry.fate.ordinal();
    }
    return log;
  }

  /** The number of decisions. */
  public int size() {
    return heads.length;
  }

  public Entry entry(int i) {
    return new Entry(heads[i], times[i], decisions[i], features[i], Fate.values()[fates[i]]);
  }

  public Stream<Entry> entries() {
    return IntStream.range(0, size()).mapToObj(this::entry);
  }

  /** How many decisions had this fate. */
  public int count(Fate fate) {
    int count = 0;
    for (byte one : fates) {
      count += one == fate.ordinal() ? 1 : 0;
    }
    return count;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DecisionLog that
        && Arrays.equals(heads, that.heads)
        && Arrays.equals(times, that.times)
        && Arrays.equals(decisions, that.decisions)
        && Arrays.equals(features, that.features)
        && Arrays.equals(fates, that.fates);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(features) + Arrays.hashCode(decisions);
  }

  @Override
  public String toString() {
    return "DecisionLog[" + size() + " decisions]";
  }
}

package org.probity.zk.gpu;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * How often the processor had to do what the card was meant to do, and why: for metrics. Of each
 * reason the first time is a warning; all are counted.
 */
public final class Fallbacks {
  /** Why the card was not used. */
  public enum Cause {
    /** There is no NVIDIA driver, or no card that it sees. */
    NO_CARD,
    /** The card's memory, or the part of it that may be used, is full. */
    OUT_OF_MEMORY,
    /** The card computes something else than the processor. */
    SELF_CHECK,
    /** A call to the card failed. */
    LAUNCH,
    /** A proof made on the card does not hold. */
    VERIFICATION
  }

  private final BiConsumer<Cause, String> warnings;
  private final Map<Cause, Long> counts = new EnumMap<>(Cause.class);
  private final Set<Cause> warned = EnumSet.noneOf(Cause.class);

  /**
   * No fallback yet.
   *
   * @param warnings hears of the first one of each cause
   */
  public Fallbacks(BiConsumer<Cause, String> warnings) {
    this.warnings = warnings;
  }

  /** How often for this cause. */
  public synchronized long count(Cause cause) {
    return counts.getOrDefault(cause, 0L);
  }

  /** How often in all. */
  public synchronized long total() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  void add(Cause cause, String what) {
    boolean first;
    synchronized (this) {
      counts.merge(cause, 1L, Long::sum);
      first = warned.add(cause);
    }
    if (first) {
      warnings.accept(cause, what);
    }
  }
}

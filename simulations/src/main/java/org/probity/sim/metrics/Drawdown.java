package org.probity.sim.metrics;

import java.util.OptionalLong;

/**
 * A fall from a peak.
 *
 * @param depth from peak to trough, as a fraction of the peak, 0 to 1
 * @param peak when the fall began, in seconds of Unix time
 * @param trough when it was deepest
 * @param recovery when the peak was reached again; empty if it was not
 * @param end of the whole record, which a fall without recovery lasts until
 */
public record Drawdown(double depth, long peak, long trough, OptionalLong recovery, long end) {

  /** From the peak until it is reached again, in seconds. */
  public long lengthSeconds() {
    return recovery.orElse(end) - peak;
  }

  /** The deepest fall; one of depth 0 at the start if the values never fall. */
  public static Drawdown deepest(long[] times, double[] values) {
    if (times.length == 0 || times.length != values.length) {
      throw new IllegalArgumentException(
          "A drawdown needs a time for each value, and at least one");
    }
    long end = times[times.length - 1];
    var deepest = new Drawdown(0, times[0], times[0], OptionalLong.of(times[0]), end);
    int peak = 0;
    int trough = 0;
    for (int i = 1; i <= values.length; i++) {
      boolean over = i == values.length;
      if (!over && values[i] < values[peak]) {
        trough = values[i] < values[trough] ? i : trough;
        continue;
      }
      if (trough > peak) {
        var fall =
            new Drawdown(
                1 - Math.max(values[trough], 0) / values[peak],
                times[peak],
                times[trough],
                over ? OptionalLong.empty() : OptionalLong.of(times[i]),
                end);
        deepest = fall.depth > deepest.depth ? fall : deepest;
      }
      peak = i;
      trough = i;
    }
    return deepest;
  }

  /** For each value, how far it lies under the highest so far: 0 or less, as a fraction. */
  public static double[] underWater(double[] values) {
    double[] depths = new double[values.length];
    double peak = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < values.length; i++) {
      peak = Math.max(peak, values[i]);
      depths[i] = peak > 0 ? Math.max(values[i], 0) / peak - 1 : 0;
    }
    return depths;
  }
}

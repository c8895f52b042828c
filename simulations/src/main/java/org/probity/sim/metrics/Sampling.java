package org.probity.sim.metrics;

import org.probity.sim.backtest.EquityCurve;

/**
 * The steps that returns are measured over. A ratio of yearly figures is steadier from many
 * returns, but returns of very short steps are correlated; so days for long runs, hours for runs of
 * days and minutes for shorter ones. On a market without closing hours a year has 365 days of
 * trading.
 */
public enum Sampling {
  MINUTES(60, "minute"),
  HOURS(3_600, "hour"),
  DAYS(86_400, "day");

  private static final long YEAR_SECONDS = 365L * 86_400;
  private static final long DAYS_FROM = 60L * 86_400;
  private static final long HOURS_FROM = 4L * 86_400;

  private final long seconds;
  private final String word;

  Sampling(long seconds, String word) {
    this.seconds = seconds;
    this.word = word;
  }

  /** The steps that suit a run of that length. */
  public static Sampling suiting(EquityCurve curve) {
    long length = curve.size() == 0 ? 0 : curve.time(curve.size() - 1) - curve.time(0);
    return length >= DAYS_FROM ? DAYS : length >= HOURS_FROM ? HOURS : MINUTES;
  }

  public long seconds() {
    return seconds;
  }

  /** One step in words: "day". */
  public String word() {
    return word;
  }

  /** What returns over such steps are called: "daily". */
  public String adjective() {
    return switch (this) {
      case MINUTES -> "minute";
      case HOURS -> "hourly";
      case DAYS -> "daily";
    };
  }

  /** Steps in a year. */
  public double perYear() {
    return (double) YEAR_SECONDS / seconds;
  }

  /** {@code seconds} in years of 365 days. */
  static double years(long seconds) {
    return (double) seconds / YEAR_SECONDS;
  }

  /**
   * For the first point and each step after it, the index of the last point that is not later.
   * Where the curve has a gap an index repeats: nothing is known to have changed.
   */
  int[] indices(EquityCurve curve) {
    if (curve.size() == 0) {
      return new int[0];
    }
    long start = curve.time(0);
    int steps = Math.toIntExact((curve.time(curve.size() - 1) - start) / seconds);
    int[] indices = new int[steps + 1];
    int at = 0;
    for (int step = 0; step <= steps; step++) {
      while (at + 1 < curve.size() && curve.time(at + 1) <= start + step * seconds) {
        at++;
      }
      indices[step] = at;
    }
    return indices;
  }
}

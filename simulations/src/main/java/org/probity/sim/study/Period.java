package org.probity.sim.study;

import java.time.Instant;
import org.probity.sim.backtest.BacktestSettings;

/**
 * A stretch of time.
 *
 * @param from its first second, Unix time
 * @param to its last one
 */
public record Period(long from, long to) {

  public Period {
    if (to <= from) {
      throw new IllegalArgumentException(
          "A period ends after it begins: %s is not after %s"
              .formatted(Instant.ofEpochSecond(to), Instant.ofEpochSecond(from)));
    }
  }

  /** The same settings over this period. */
  public BacktestSettings of(BacktestSettings settings) {
    return settings
        .with("backtest.from", Instant.ofEpochSecond(from).toString())
        .with("backtest.to", Instant.ofEpochSecond(to).toString());
  }

  @Override
  public String toString() {
    return words(from) + " to " + words(to);
  }

  private static String words(long seconds) {
    String text = Instant.ofEpochSecond(seconds).toString();
    return text.endsWith("T00:00:00Z")
        ? text.substring(0, 10)
        : text.substring(0, 16).replace('T', ' ');
  }
}

package org.probity.sim.backtest;

import org.probity.ground.Printable;

/** A backtest that cannot be run. The message is one sentence with the cause and the remedy. */
public final class BacktestRefused extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public BacktestRefused(String sentence) {
    super(Printable.line(sentence));
  }

  public BacktestRefused(String sentence, Throwable cause) {
    super(Printable.line(sentence), cause);
  }

  static BacktestRefused value(String key, Object found, String admitted) {
    return new BacktestRefused(
        "The setting %s is \"%s\": it must be %s.".formatted(key, found, admitted));
  }

  static BacktestRefused missing(String key, String admitted) {
    return new BacktestRefused(
        "The setting %s is missing: it must be %s.".formatted(key, admitted));
  }
}

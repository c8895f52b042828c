package org.probity.sim.backtest;

/** A backtest that cannot be run. The message is one sentence with the cause and the remedy. */
public final class BacktestRefused extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public BacktestRefused(String sentence) {
    super(sentence);
  }

  public BacktestRefused(String sentence, Throwable cause) {
    super(sentence, cause);
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

package org.probity.sim.backtest;

import org.probity.ground.Printable;

/**
 * A backtest that cannot be run though its settings are good, or whose result has no place. The
 * message is one sentence with the cause and the remedy.
 */
public final class BacktestRefused extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public BacktestRefused(String sentence) {
    super(Printable.line(sentence));
  }

  public BacktestRefused(String sentence, Throwable cause) {
    super(Printable.line(sentence), cause);
  }
}

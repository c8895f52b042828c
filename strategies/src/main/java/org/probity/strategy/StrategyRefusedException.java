package org.probity.strategy;

import org.probity.ground.Printable;

/**
 * A model, a feature definition or a bundle that cannot be used. The message is one sentence that
 * names the cause and the remedy, harmless whatever it quotes; it never contains weights, biases or
 * other private content.
 */
public final class StrategyRefusedException extends IllegalArgumentException {

  /** A refusal with its one sentence. */
  public StrategyRefusedException(String message) {
    super(Printable.line(message));
  }

  /** A refusal caused by a failure elsewhere. The cause must be free of private content too. */
  public StrategyRefusedException(String message, Throwable cause) {
    super(Printable.line(message), cause);
  }
}

package org.probity.sim.history;

import org.probity.ground.Printable;

/** History that cannot be used or kept. The message is one sentence with the cause and remedy. */
public final class HistoryRefused extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public HistoryRefused(String sentence) {
    super(Printable.line(sentence));
  }

  public HistoryRefused(String sentence, Throwable cause) {
    super(Printable.line(sentence), cause);
  }
}

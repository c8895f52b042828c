package org.probity.sim.history;

/** History that cannot be used or kept. The message is one sentence with the cause and remedy. */
public final class HistoryRefused extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public HistoryRefused(String sentence) {
    super(sentence);
  }

  public HistoryRefused(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}

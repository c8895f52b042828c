package org.probity.terminal;

/**
 * What the user is told when a command cannot do its work: one sentence with the cause and the
 * remedy.
 */
public final class Complaint extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public Complaint(String sentence) {
    super(sentence);
  }

  public Complaint(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}

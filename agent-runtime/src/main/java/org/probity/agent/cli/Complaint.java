package org.probity.agent.cli;

/**
 * What the user is told when a command cannot do its work: one sentence with the cause and the
 * remedy.
 */
final class Complaint extends RuntimeException {

  private static final long serialVersionUID = 1L;

  Complaint(String sentence) {
    super(sentence);
  }

  Complaint(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}

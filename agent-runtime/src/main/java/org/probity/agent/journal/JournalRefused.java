package org.probity.agent.journal;

/** A journal that somebody handed over is not taken for one; the message is a sentence. */
public final class JournalRefused extends RuntimeException {

  private static final long serialVersionUID = 1L;

  JournalRefused(String sentence) {
    super(sentence);
  }
}

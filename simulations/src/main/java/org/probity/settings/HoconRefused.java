package org.probity.settings;

import org.probity.ground.Printable;

/** A configuration that is not taken. The message is one sentence for its reader. */
public final class HoconRefused extends RuntimeException {

  private static final long serialVersionUID = 1L;

  HoconRefused(String sentence) {
    super(Printable.line(sentence));
  }

  HoconRefused(String sentence, Throwable cause) {
    super(Printable.line(sentence), cause);
  }
}

package org.probity.intent.source;

import java.io.Serial;

/**
 * A program has no features as of a moment, or none that can be known; says why, and what helps.
 */
public final class SourceRefused extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  SourceRefused(String message) {
    super(message);
  }

  SourceRefused(String message, Throwable cause) {
    super(message, cause);
  }
}

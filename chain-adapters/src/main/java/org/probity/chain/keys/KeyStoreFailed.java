package org.probity.chain.keys;

/** A key cannot be stored or loaded. The message names cause and remedy, never key or password. */
public final class KeyStoreFailed extends RuntimeException {

  private static final long serialVersionUID = 1L;

  KeyStoreFailed(String message) {
    super(message);
  }

  KeyStoreFailed(String message, Throwable cause) {
    super(message, cause);
  }
}

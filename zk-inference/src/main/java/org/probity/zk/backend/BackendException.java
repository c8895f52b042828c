package org.probity.zk.backend;

/**
 * A backend failed at what another one could do: a reason to do it again elsewhere, and no fault of
 * whoever asked. The message says what went wrong, and no value.
 */
public class BackendException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public BackendException(String message) {
    super(message);
  }

  public BackendException(String message, Throwable cause) {
    super(message, cause);
  }
}

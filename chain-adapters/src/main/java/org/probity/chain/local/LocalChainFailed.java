package org.probity.chain.local;

/**
 * The local chain does not start or does not do as it is told. The message is one sentence with the
 * cause and the remedy.
 */
public final class LocalChainFailed extends RuntimeException {

  private static final long serialVersionUID = 1L;

  LocalChainFailed(String message) {
    super(message);
  }

  LocalChainFailed(String message, Throwable cause) {
    super(message, cause);
  }
}

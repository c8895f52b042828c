package org.probity.chain;

import org.jspecify.annotations.Nullable;

/**
 * Why the chain gave no answer. The message is one sentence for the user: the cause and, where
 * there is one, the remedy.
 */
public abstract sealed class ChainException extends RuntimeException
    permits RpcUnreachable, RpcRefused, WrongChain, CallReverted {

  private static final long serialVersionUID = 1L;

  ChainException(String message) {
    super(message);
  }

  ChainException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

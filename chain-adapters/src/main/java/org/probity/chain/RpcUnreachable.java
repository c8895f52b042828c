package org.probity.chain;

/** The node did not answer: refused, timed out, dropped, or answered something not JSON-RPC. */
public final class RpcUnreachable extends ChainException {

  private static final long serialVersionUID = 1L;

  RpcUnreachable(String message) {
    super(message);
  }

  RpcUnreachable(String message, Throwable cause) {
    super(message, cause);
  }
}

package org.probity.chain;

/** The node answered a request with a JSON-RPC error other than a revert. */
public final class RpcRefused extends ChainException {

  private static final long serialVersionUID = 1L;

  private final int code;

  RpcRefused(String method, int code, String message) {
    super("The node refused " + method + ": " + message + " (code " + code + ")");
    this.code = code;
  }

  /** The code of the JSON-RPC error. */
  public int code() {
    return code;
  }
}

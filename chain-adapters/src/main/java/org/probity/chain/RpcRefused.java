package org.probity.chain;

import java.util.Optional;

/** The node answered a request with a JSON-RPC error other than a revert. */
public final class RpcRefused extends ChainException {

  private static final long serialVersionUID = 1L;

  private final int code;
  private final String said;
  private final String method;

  RpcRefused(String method, int code, String message) {
    super("The node refused " + method + ": " + message + " (code " + code + ")");
    this.code = code;
    this.method = method;
    this.said = message;
  }

  /** What the node means by it, if that is known. */
  Optional<ProviderHabit.Meaning> meaning() {
    return ProviderHabit.meaning(method, code, said);
  }

  /** What the node said, in its own words. */
  public String said() {
    return said;
  }

  /** The code of the JSON-RPC error. */
  public int code() {
    return code;
  }
}

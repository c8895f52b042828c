package org.probity.chain;

/** What can be wrong with an endpoint. */
public enum EndpointFault {
  /** No connection, or one that broke. */
  UNREACHABLE,
  /** Connected, but no answer in time. */
  TIMEOUT,
  /** HTTP status 429, or a JSON-RPC error that says so: it is left alone for as long as it asks. */
  RATE_LIMITED,
  /** It answers, but not as a JSON-RPC node does: an HTTP error, or something else altogether. */
  BAD_ANSWER,
  /**
   * Its answer is none that a node has reason to give: longer, deeper or with more digits than any
   * can be, or it sends its callers on to another address.
   */
  OUT_OF_BOUNDS,
  /** It serves another chain id. */
  WRONG_CHAIN,
  /** It serves the right chain id, but another block 0. */
  OTHER_GENESIS,
  /** It is so many blocks behind that it is not asked for heads. */
  STALE,
  /** Its heads contradict each other, or what the other endpoints agree on. */
  DOES_NOT_CHAIN,
  /** Its WebSocket was connected, and did not announce the heads that there were. */
  SILENT;

  /**
   * Whether what such an endpoint says may be wrong or harm whoever reads it, so that it is asked
   * nothing for a time.
   */
  boolean lies() {
    return this == WRONG_CHAIN
        || this == OTHER_GENESIS
        || this == DOES_NOT_CHAIN
        || this == OUT_OF_BOUNDS;
  }
}

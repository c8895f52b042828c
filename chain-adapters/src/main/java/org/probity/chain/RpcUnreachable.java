package org.probity.chain;

import java.time.Duration;
import java.util.Optional;

/** The node did not answer: refused, timed out, dropped, or answered something not JSON-RPC. */
public final class RpcUnreachable extends ChainException {

  private static final long serialVersionUID = 1L;

  private final EndpointFault fault;
  private final transient Optional<Duration> retryAfter;

  RpcUnreachable(String message) {
    this(EndpointFault.UNREACHABLE, message);
  }

  RpcUnreachable(String message, Throwable cause) {
    this(EndpointFault.UNREACHABLE, message, cause);
  }

  RpcUnreachable(EndpointFault fault, String message) {
    super(message);
    this.fault = fault;
    this.retryAfter = Optional.empty();
  }

  RpcUnreachable(EndpointFault fault, String message, Throwable cause) {
    super(message, cause);
    this.fault = fault;
    this.retryAfter = Optional.empty();
  }

  RpcUnreachable(String message, Optional<Duration> retryAfter) {
    super(message);
    this.fault = EndpointFault.RATE_LIMITED;
    this.retryAfter = retryAfter;
  }

  /** What was wrong. */
  public EndpointFault fault() {
    return fault;
  }

  /** How long the node asks to be left alone, if it said so. */
  public Optional<Duration> retryAfter() {
    return retryAfter;
  }
}

package org.probity.chain;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The node did not answer: refused, timed out, dropped, or answered something not JSON-RPC. */
public final class RpcUnreachable extends ChainException {

  private static final long serialVersionUID = 1L;

  private final EndpointFault fault;
  private final transient Optional<Duration> retryAfter;
  private final boolean lessMayHelp;

  RpcUnreachable(String message) {
    this(EndpointFault.UNREACHABLE, message);
  }

  RpcUnreachable(String message, Throwable cause) {
    this(EndpointFault.UNREACHABLE, message, cause);
  }

  RpcUnreachable(EndpointFault fault, String message) {
    this(fault, message, null);
  }

  RpcUnreachable(EndpointFault fault, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.fault = fault;
    this.retryAfter = Optional.empty();
    this.lessMayHelp = fault == EndpointFault.TIMEOUT;
  }

  RpcUnreachable(String message, Optional<Duration> retryAfter) {
    super(message, null);
    this.fault = EndpointFault.RATE_LIMITED;
    this.retryAfter = retryAfter;
    this.lessMayHelp = false;
  }

  static RpcUnreachable timeout(String endpoint, Duration patience, Throwable cause) {
    return new RpcUnreachable(
        EndpointFault.TIMEOUT,
        "The node at %s did not answer within %d s: check its load, or use another RPC address"
            .formatted(endpoint, patience.toSeconds()),
        cause);
  }

  private RpcUnreachable(RpcUnreachable other) {
    super(String.valueOf(other.getMessage()), other);
    this.fault = other.fault;
    this.retryAfter = other.retryAfter;
    this.lessMayHelp = true;
  }

  /** The same, of a question that the node had taken: it may answer a smaller one. */
  RpcUnreachable ofTooMuch() {
    return new RpcUnreachable(this);
  }

  /**
   * Whether the node had the question and failed over it (no answer in time, a connection cut, an
   * answer that grew too long or lacks some of many, an HTTP status like 413, 500 or 504), so that
   * it may answer a smaller one.
   */
  public boolean lessMayHelp() {
    return lessMayHelp;
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

package org.probity.zk.gpu;

/** There is no card that could be used; the message says what is missing. */
public final class GpuUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Fallbacks.Cause reason;

  GpuUnavailableException(Fallbacks.Cause reason, String message) {
    super(message);
    this.reason = reason;
  }

  GpuUnavailableException(Fallbacks.Cause reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** What kind of thing is missing. */
  public Fallbacks.Cause reason() {
    return reason;
  }
}

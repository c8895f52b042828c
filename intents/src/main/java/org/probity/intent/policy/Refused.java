package org.probity.intent.policy;

/**
 * Leaves a computation as a revert does. Never seen outside of this package, and cheap: markets
 * that move too far refuse often.
 */
final class Refused extends RuntimeException {

  private static final long serialVersionUID = 1L;

  // Serialization is inherited from Throwable and not used.
  private final transient Refusal refusal;

  private Refused(Refusal refusal) {
    super(null, null, false, false);
    this.refusal = refusal;
  }

  /** The error of this name with its arguments. */
  static Refused by(String error, Object... arguments) {
    return new Refused(Refusal.of(error, arguments));
  }

  /** Passes a refusal on. */
  static Refused by(Refusal refusal) {
    return new Refused(refusal);
  }

  @Override
  public String getMessage() {
    return refusal.toString();
  }

  Refusal refusal() {
    return refusal;
  }
}

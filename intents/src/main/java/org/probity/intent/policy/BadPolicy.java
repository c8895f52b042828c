package org.probity.intent.policy;

/** No vault takes this policy. The message names the field, its value, the bounds and a remedy. */
public final class BadPolicy extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  // Serialization is inherited from Throwable and not used.
  private final transient Refusal refusal;

  BadPolicy(Refusal refusal, String message) {
    super(message);
    this.refusal = refusal;
  }

  /** The error that {@code PolicyRules.validate} reverts with. */
  public Refusal refusal() {
    return refusal;
  }
}

package org.probity.chain;

/** A contract reverted a call or a gas estimate. Carries what the contract said. */
public final class CallReverted extends ChainException {

  private static final long serialVersionUID = 1L;

  // Serialization is inherited from Throwable and not used.
  private final transient Bytes data;

  CallReverted(Bytes data) {
    super("The contract reverted: " + RevertReason.decode(data, AbiErrors.NONE));
    this.data = data;
  }

  private CallReverted(Bytes data, AbiErrors errors, CallReverted cause) {
    super("The contract reverted: " + RevertReason.decode(data, errors), cause);
    this.data = data;
  }

  /** The revert data; empty if the contract gave none. */
  public Bytes data() {
    return data;
  }

  /** The same with a message that names the custom errors in {@code errors}. */
  public CallReverted explainedBy(AbiErrors errors) {
    return new CallReverted(data, errors, this);
  }

  /** The revert data read with the custom errors in {@code errors}. */
  public RevertReason reason(AbiErrors errors) {
    return RevertReason.decode(data, errors);
  }
}

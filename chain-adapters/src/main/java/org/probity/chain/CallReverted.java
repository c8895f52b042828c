package org.probity.chain;

/** A contract reverted a call or a gas estimate. Carries what the contract said, undecoded. */
public final class CallReverted extends ChainException {

  private static final long serialVersionUID = 1L;

  // Serialization is inherited from Throwable and not used.
  private final transient Bytes data;

  CallReverted(Bytes data) {
    super("The contract reverted: " + RevertReason.decode(data, AbiErrors.NONE));
    this.data = data;
  }

  /** The revert data; empty if the contract gave none. */
  public Bytes data() {
    return data;
  }

  /** The revert data read with the custom errors in {@code errors}. */
  public RevertReason reason(AbiErrors errors) {
    return RevertReason.decode(data, errors);
  }
}

package org.probity.intent;

import org.probity.chain.Address;
import org.probity.ground.Bytes32;

/**
 * For whom an agent decides, and how long a decision holds.
 *
 * @param chainId the chain of the vault (EIP-155)
 * @param vault the {@code ProofBoundVault}
 * @param model digest of the key of the model that the vault obeys
 * @param lifetimeSeconds from a head's timestamp to the deadline of the decision made on it
 */
public record Mandate(long chainId, Address vault, Bytes32 model, long lifetimeSeconds) {

  /** Refuses a lifetime that is not positive. */
  public Mandate {
    if (lifetimeSeconds <= 0) {
      throw new IllegalArgumentException(
          "A decision must live for at least a second, not " + lifetimeSeconds);
    }
  }
}

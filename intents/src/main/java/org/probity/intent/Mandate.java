package org.probity.intent;

import org.probity.chain.Address;
import org.probity.chain.Head;
import org.probity.ground.Bytes32;

/**
 * For whom an agent decides, and how long a decision holds.
 *
 * @param chainId the chain of the vault (EIP-155)
 * @param vault the vault's address
 * @param model digest of the key of the model that the vault obeys
 * @param lifetimeSeconds from a head's timestamp to the deadline of the decision made on it
 * @param executor who may have its decisions executed; zero for anyone
 * @param maxSlippageBps the worst price that its decisions accept; the policy's own if that is
 *     tighter
 */
public record Mandate(
    long chainId,
    Address vault,
    Bytes32 model,
    long lifetimeSeconds,
    Address executor,
    int maxSlippageBps) {

  private static final int BPS = 10_000;

  /** Refuses a lifetime that is not positive, and a price that is none. */
  public Mandate {
    if (lifetimeSeconds <= 0) {
      throw new IllegalArgumentException(
          "A decision must live for at least a second, not " + lifetimeSeconds);
    }
    if (maxSlippageBps < 0 || maxSlippageBps > BPS) {
      throw new IllegalArgumentException(
          "The slippage that a decision accepts lies between 0 and %s basis points, not at %s"
              .formatted(BPS, maxSlippageBps));
    }
  }

  /** With the policy's own worst price. */
  public Mandate(
      long chainId, Address vault, Bytes32 model, long lifetimeSeconds, Address executor) {
    this(chainId, vault, model, lifetimeSeconds, executor, BPS);
  }

  /** The last block timestamp at which a decision made on {@code head} may be executed. */
  public long deadline(Head head) {
    return head.timestamp() + lifetimeSeconds;
  }
}

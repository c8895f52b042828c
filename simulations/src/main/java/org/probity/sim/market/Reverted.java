package org.probity.sim.market;

/**
 * A contract reverts this call, and the market is as it was before. Carries no stack trace: a
 * revert is an ordinary outcome of a market.
 */
public final class Reverted extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String reason;

  Reverted(String reason) {
    super(
        reason.isEmpty()
            ? "The contract reverts without a reason"
            : "The contract reverts: " + reason,
        null,
        false,
        false);
    this.reason = reason;
  }

  /** Solidity's {@code require(condition, reason)}. */
  static void require(boolean condition, String reason) {
    if (!condition) {
      throw new Reverted(reason);
    }
  }

  /** Solidity's {@code require(condition)}, which reverts without a reason. */
  static void require(boolean condition) {
    require(condition, "");
  }

  /**
   * The contract's own text, {@code SPL}, {@code UniswapV2: K} or {@code 35}; empty if it gives
   * none.
   */
  public String reason() {
    return reason;
  }
}

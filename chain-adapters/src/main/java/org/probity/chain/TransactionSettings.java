package org.probity.chain;

import java.time.Duration;

/**
 * How a sender follows its transactions.
 *
 * @param patience how long to wait for a transaction before it is told to be unknown
 * @param stuckAfter without being included for so long, it is offered again with higher fees
 * @param confirmations how many blocks deep a transaction must be to count: 1 is the newest block
 * @param finality from how many blocks on nothing is expected to change any more
 */
public record TransactionSettings(
    Duration patience, Duration stuckAfter, int confirmations, int finality) {

  /** Two minutes of patience, replaced after 30 seconds, one block deep, final after 64. */
  public static final TransactionSettings DEFAULT =
      new TransactionSettings(Duration.ofMinutes(2), Duration.ofSeconds(30), 1, 64);

  /**
   * @throws IllegalArgumentException if a number is not positive, or finality comes before
   *     confirmation
   */
  public TransactionSettings {
    if (!patience.isPositive() || !stuckAfter.isPositive() || confirmations < 1) {
      throw new IllegalArgumentException(
          "Patience, the time until stuck and confirmations must be positive: %s, %s, %d"
              .formatted(patience, stuckAfter, confirmations));
    }
    if (finality < confirmations) {
      throw new IllegalArgumentException(
          "A transaction cannot be final (%d blocks) before it is confirmed (%d blocks)"
              .formatted(finality, confirmations));
    }
  }

  public TransactionSettings withPatience(Duration time) {
    return new TransactionSettings(time, stuckAfter, confirmations, finality);
  }

  public TransactionSettings withConfirmations(int blocks) {
    return new TransactionSettings(patience, stuckAfter, blocks, Math.max(blocks, finality));
  }
}

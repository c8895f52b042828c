package org.probity.intent;

import java.math.BigInteger;
import org.probity.ground.Bytes32;
import org.probity.strategy.feature.VaultBooks;

/**
 * A vault at one block: all that its nonce, its next moment, its own features and the sizes of its
 * trades depend on.
 *
 * @param nonce the number that the next execution spends
 * @param paused whether the owner has stopped it
 * @param model digest of the key of the model in force
 * @param lastAsOf the moment of the last execution, in seconds of Unix time; the next one's must
 *     lie after it
 * @param stepSeconds the moments that may be decided for are its multiples, above 0
 */
public record VaultState(
    BigInteger nonce,
    boolean paused,
    VaultBooks books,
    Bytes32 model,
    long lastAsOf,
    long stepSeconds) {

  /** The latest moment at or before {@code timestamp} that may be decided for. */
  public long momentAt(long timestamp) {
    return timestamp - timestamp % stepSeconds;
  }

  /** What the vault holds at the price of {@code referenceTick}, in units of the quote asset. */
  public BigInteger equity(int referenceTick) {
    return books.baseValue(referenceTick).add(books.quoteBalance());
  }
}

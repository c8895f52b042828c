package org.probity.chain.aave;

import java.math.BigInteger;

/**
 * A category of efficiency (e-mode): reserves whose prices move alike, and which count for more
 * among themselves.
 *
 * @param id from 1 on; 0 is none
 * @param ltvBps what one borrows on collateral that is in it, in basis points
 * @param thresholdBps what of such collateral's value stands against a debt, in basis points
 * @param bonusBps as of a reserve
 * @param label one harmless line, as the market's governance wrote it
 * @param collateral a bit for each reserve, by its number, that is collateral in it
 * @param borrowable a bit for each reserve, by its number, that may be borrowed in it
 */
public record Category(
    int id,
    int ltvBps,
    int thresholdBps,
    int bonusBps,
    String label,
    BigInteger collateral,
    BigInteger borrowable) {

  /** The same with its reserves. */
  Category with(BigInteger members, BigInteger lent) {
    return new Category(id, ltvBps, thresholdBps, bonusBps, label, members, lent);
  }

  public boolean takes(Reserve reserve) {
    return collateral.testBit(reserve.number());
  }

  public boolean lends(Reserve reserve) {
    return borrowable.testBit(reserve.number());
  }
}

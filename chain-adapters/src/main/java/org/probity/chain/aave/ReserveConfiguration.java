package org.probity.chain.aave;

import java.math.BigInteger;

/**
 * What a market's governance has set of one reserve: the bits of {@code ReserveConfigurationMap}
 * (aave-v3-core, {@code DataTypes.sol}), which stand where they stood in every version so far. What
 * isolates and silos is gone with version 3.7: it counts for nothing there, and is told as such.
 *
 * @param ltvBps what one borrows on it, in basis points of its value; 0 if nothing
 * @param thresholdBps what of its value stands against a debt, in basis points
 * @param bonusBps what a liquidator gets of it, in basis points of what is due: 10500 is 5 % more
 * @param decimals of the token
 * @param frozen nothing more of it is supplied or borrowed
 * @param paused nothing at all is done with it
 * @param isolatedBorrowing it may be borrowed on collateral in isolation
 * @param siloed who borrows it borrows nothing else
 * @param reserveFactorBps the treasury's part of the interest, in basis points
 * @param borrowCap in whole tokens; 0 for none
 * @param supplyCap in whole tokens; 0 for none
 * @param category the one category of efficiency that it is in, before version 3.2; there it is of
 *     no use any more, since a {@link Category} names its reserves
 * @param debtCeiling what may be borrowed on it by all who have it in isolation, in hundredths of
 *     the base currency's unit; 0 if it is no collateral in isolation
 */
public record ReserveConfiguration(
    int ltvBps,
    int thresholdBps,
    int bonusBps,
    int decimals,
    boolean active,
    boolean frozen,
    boolean paused,
    boolean borrowing,
    boolean flashLoans,
    boolean isolatedBorrowing,
    boolean siloed,
    int reserveFactorBps,
    BigInteger borrowCap,
    BigInteger supplyCap,
    int category,
    BigInteger debtCeiling) {

  /** The revision of version 3.7. */
  private static final int NO_ISOLATION = 11;

  /** Reads the word that {@code getConfiguration} gives in a market of a revision. */
  static ReserveConfiguration of(BigInteger word, int revision) {
    boolean isolates = revision < NO_ISOLATION;
    return new ReserveConfiguration(
        bits(word, 0, 16).intValueExact(),
        bits(word, 16, 16).intValueExact(),
        bits(word, 32, 16).intValueExact(),
        bits(word, 48, 8).intValueExact(),
        word.testBit(56),
        word.testBit(57),
        word.testBit(60),
        word.testBit(58),
        word.testBit(63),
        isolates && word.testBit(61),
        isolates && word.testBit(62),
        bits(word, 64, 16).intValueExact(),
        bits(word, 80, 36),
        bits(word, 116, 36),
        bits(word, 168, 8).intValueExact(),
        isolates ? bits(word, 212, 40) : BigInteger.ZERO);
  }

  private static BigInteger bits(BigInteger word, int from, int count) {
    return word.shiftRight(from).and(BigInteger.ONE.shiftLeft(count).subtract(BigInteger.ONE));
  }

  /** Whether it stands against debts only for who has no other collateral. */
  public boolean isolated() {
    return debtCeiling.signum() > 0;
  }
}

package org.probity.chain.aave;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.probity.chain.Address;

/**
 * What somebody has and owes in a market as of a head. Base amounts are in the smallest unit of the
 * market's base currency.
 *
 * @param collateralBase value of what stands against debts
 * @param debtBase value of what is owed
 * @param borrowableBase value that could still be borrowed
 * @param thresholdBps mean threshold of the collateral, in basis points
 * @param ltvBps mean of what one borrows on it, in basis points
 * @param healthWad the health factor times 10^18; 2^256-1 without debt
 * @param category of efficiency; 0 for none
 * @param positions of the reserves that were asked for, in that order
 */
public record Account(
    Address address,
    BigInteger collateralBase,
    BigInteger debtBase,
    BigInteger borrowableBase,
    int thresholdBps,
    int ltvBps,
    BigInteger healthWad,
    int category,
    List<Position> positions) {

  private static final BigInteger NO_DEBT = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);

  public Account {
    positions = List.copyOf(positions);
  }

  /**
   * What it has in one reserve, in the token's smallest units.
   *
   * @param supplied with interest
   * @param owed with interest, at the variable rate
   * @param scaledSupplied without interest, in units of the beginning
   * @param scaledOwed without interest, in units of the beginning
   * @param collateral whether what is supplied stands against debts
   */
  public record Position(
      Address token,
      BigInteger supplied,
      BigInteger owed,
      BigInteger scaledSupplied,
      BigInteger scaledOwed,
      boolean collateral) {}

  /** The health factor; empty without debt. Under 1 the account is liquidated. */
  public Optional<BigDecimal> health() {
    return healthWad.equals(NO_DEBT)
        ? Optional.empty()
        : Optional.of(new BigDecimal(healthWad, 18));
  }
}

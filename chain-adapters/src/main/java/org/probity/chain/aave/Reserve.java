package org.probity.chain.aave;

import java.math.BigInteger;
import org.probity.chain.Address;

/**
 * One reserve of a market as of a head. Amounts are in the token's smallest units, indices and
 * rates in rays (10^27 is one).
 *
 * @param number its place among the market's reserves, as of the bits of an account or category
 * @param symbol of the token, one harmless line
 * @param supplyToken the aToken
 * @param debtToken of variable debt
 * @param supplyIndex what one unit supplied at the beginning has grown to by the head
 * @param debtIndex what one unit owed at the beginning has grown to by the head
 * @param supplyRate growth in a year, without compounding
 * @param debtRate growth in a year, before it compounds each second
 * @param supplied by all, the treasury's part included
 * @param owed by all, at the variable rate
 * @param liquid what could be taken out now
 * @param price of a whole token by the market's oracle, in its base currency
 */
public record Reserve(
    int number,
    String symbol,
    Address token,
    Address supplyToken,
    Address debtToken,
    ReserveConfiguration configuration,
    BigInteger supplyIndex,
    BigInteger debtIndex,
    BigInteger supplyRate,
    BigInteger debtRate,
    BigInteger supplied,
    BigInteger owed,
    BigInteger liquid,
    BigInteger price) {

  static final BigInteger RAY = BigInteger.TEN.pow(27);

  private static final BigInteger UNBOUNDED =
      BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);

  /** What it would still take; 2^256-1 without a cap. */
  public BigInteger supplyRoom() {
    return usable() && !configuration.frozen()
        ? room(configuration.supplyCap(), supplied)
        : BigInteger.ZERO;
  }

  /** What it would still lend, whoever asks. */
  public BigInteger borrowRoom() {
    return usable() && !configuration.frozen() && configuration.borrowing()
        ? room(configuration.borrowCap(), owed).min(liquid)
        : BigInteger.ZERO;
  }

  /** Whether anything at all can be done with it. */
  public boolean usable() {
    return configuration.active() && !configuration.paused();
  }

  private BigInteger room(BigInteger cap, BigInteger used) {
    return cap.signum() == 0
        ? UNBOUNDED
        : cap.multiply(BigInteger.TEN.pow(configuration.decimals()))
            .subtract(used)
            .max(BigInteger.ZERO);
  }

  /** What a supply of the beginning has come to, rounded down. */
  public BigInteger suppliedFrom(BigInteger scaled) {
    return scaled.multiply(supplyIndex).divide(RAY);
  }

  /** What a debt of the beginning has come to, rounded up. */
  public BigInteger owedFrom(BigInteger scaled) {
    return scaled.multiply(debtIndex).add(RAY).subtract(BigInteger.ONE).divide(RAY);
  }

  /** What {@code scaled} has come to by an index, as the market rounds: half a unit up. */
  static BigInteger grown(BigInteger scaled, BigInteger index) {
    return scaled.multiply(index).add(RAY.shiftRight(1)).divide(RAY);
  }
}

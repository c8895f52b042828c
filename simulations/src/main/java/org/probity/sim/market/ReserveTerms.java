package org.probity.sim.market;

/**
 * What an Aave v3 reserve allows and asks: its configuration.
 *
 * @param decimals of the token, 6 to 18
 * @param ltv most that may be borrowed against it, in basis points of its worth; 0 for none
 * @param liquidationThreshold basis points of its worth at which a position may be liquidated
 * @param liquidationBonus what a liquidator gets for what it pays, in basis points, above 10,000; 0
 *     where the threshold is 0
 * @param reserveFactor the treasury's part of the interest, in basis points
 * @param borrowCap whole tokens; 0 for no limit
 * @param supplyCap whole tokens; 0 for no limit
 * @param liquidationProtocolFee the treasury's part of the bonus, in basis points
 * @param active whether anything may be done at all
 * @param frozen whether nothing new may be supplied or borrowed
 * @param paused whether nothing may be done for now
 * @param borrowing whether it may be borrowed
 * @param flashLoans whether it may be lent within a transaction
 */
public record ReserveTerms(
    int decimals,
    int ltv,
    int liquidationThreshold,
    int liquidationBonus,
    int reserveFactor,
    long borrowCap,
    long supplyCap,
    int liquidationProtocolFee,
    boolean active,
    boolean frozen,
    boolean paused,
    boolean borrowing,
    boolean flashLoans) {

  private static final long CAP = (1L << 36) - 1;

  /**
   * @throws IllegalArgumentException where the pool's configurator would refuse
   */
  public ReserveTerms {
    require(decimals >= 6 && decimals <= 18, "decimals", decimals, "6 to 18");
    require(ltv >= 0 && ltv <= liquidationThreshold, "ltv", ltv, "0 to the threshold");
    require(
        liquidationThreshold <= 10_000,
        "liquidationThreshold",
        liquidationThreshold,
        "at most 10,000");
    require(
        liquidationThreshold == 0
            ? liquidationBonus == 0
            : liquidationBonus > 10_000
                && (liquidationThreshold * (long) liquidationBonus + 5_000) / 10_000 <= 10_000,
        "liquidationBonus",
        liquidationBonus,
        "above 10,000, at most 10,000 times the threshold, or 0 without a threshold");
    require(reserveFactor >= 0 && reserveFactor <= 10_000, "reserveFactor", reserveFactor, BPS);
    require(borrowCap >= 0 && borrowCap <= CAP, "borrowCap", borrowCap, "below 2^36");
    require(supplyCap >= 0 && supplyCap <= CAP, "supplyCap", supplyCap, "below 2^36");
    require(
        liquidationProtocolFee >= 0 && liquidationProtocolFee <= 10_000,
        "liquidationProtocolFee",
        liquidationProtocolFee,
        BPS);
  }

  private static final String BPS = "0 to 10,000";

  private static void require(boolean holds, String name, long value, String bounds) {
    if (!holds) {
      throw new IllegalArgumentException(name + " is " + value + ", but must be " + bounds);
    }
  }

  /** An active reserve without caps that may be borrowed and lent in flash loans. */
  public static ReserveTerms open(
      int decimals,
      int ltv,
      int liquidationThreshold,
      int liquidationBonus,
      int reserveFactor,
      int liquidationProtocolFee) {
    return new ReserveTerms(
        decimals,
        ltv,
        liquidationThreshold,
        liquidationBonus,
        reserveFactor,
        0,
        0,
        liquidationProtocolFee,
        true,
        false,
        false,
        true,
        true);
  }
}

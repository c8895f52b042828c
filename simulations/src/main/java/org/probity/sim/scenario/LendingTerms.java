package org.probity.sim.scenario;

import org.probity.sim.market.RateCurve;
import org.probity.sim.market.ReserveTerms;

/**
 * An Aave v3 market of a scenario's two assets: what it lists, where its prices come from, who
 * borrows in it and who liquidates.
 *
 * @param borrowers how many; each secures a debt in one asset with a deposit of the other
 * @param size mean of their deposits, whole base tokens or their worth in quote
 * @param shortShare chance that a borrower deposits quote and owes base, rather than the reverse
 * @param lowestHealth least health factor that a borrower chooses
 * @param highestHealth greatest one
 * @param movesPerDay of each borrower: it chooses a health factor anew, and borrows or repays
 * @param baseSupply whole base tokens that others have supplied and that nobody borrows against
 * @param quoteSupply the same in quote
 * @param noticeChance that a liquidator acts when it looks at a position that may be liquidated
 * @param liquidationGas units of gas of a liquidation and the sale of what it seizes
 */
public record LendingTerms(
    int borrowers,
    double size,
    double shortShare,
    double lowestHealth,
    double highestHealth,
    double movesPerDay,
    double baseSupply,
    double quoteSupply,
    Listing base,
    Listing quote,
    PriceSource prices,
    double noticeChance,
    long liquidationGas) {

  /** A reserve of the market. */
  public record Listing(ReserveTerms terms, RateCurve curve) {

    /**
     * The least health factor that a new debt can have which this reserve secures: the liquidation
     * threshold over the loan to value; infinite where it secures nothing.
     */
    public double leastHealth() {
      return terms.ltv() == 0
          ? Double.POSITIVE_INFINITY
          : terms.liquidationThreshold() / (double) terms.ltv();
    }
  }

  /** Where the market's price of the base asset comes from; one quote token is worth one. */
  public sealed interface PriceSource {

    /**
     * A feed of the other market's price, as Chainlink's: it reports when the price has moved far
     * enough or enough time has passed.
     *
     * @param deviation from the last report, a share of it
     * @param heartbeatSeconds after which it reports anyway
     * @param delaySeconds until a report is in a block
     */
    record Feed(double deviation, long heartbeatSeconds, long delaySeconds)
        implements PriceSource {}

    /** The mean of the scenario's own pool over the last so many seconds, from its oracle. */
    record Twap(long seconds) implements PriceSource {}
  }

  /**
   * @throws IllegalArgumentException if borrowers could not choose the lowest health factor
   */
  public LendingTerms {
    double least =
        Math.max(shortShare < 1 ? base.leastHealth() : 0, shortShare > 0 ? quote.leastHealth() : 0);
    if (Double.isInfinite(least)) {
      throw new IllegalArgumentException(
          "A reserve with a loan to value of 0 secures no debt, and borrowers would deposit it");
    }
    if (lowestHealth < least || highestHealth < lowestHealth) {
      throw new IllegalArgumentException(
          "Health factors from %s to %s cannot be had: new debts begin at the threshold over the loan to value, here %.4f, or above"
              .formatted(lowestHealth, highestHealth, least));
    }
  }
}

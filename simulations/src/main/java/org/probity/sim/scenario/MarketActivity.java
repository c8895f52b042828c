package org.probity.sim.scenario;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What others did in a market, beyond its prices.
 *
 * @param liquidations in the order of time
 * @param lending how the lending market stands, where there is one
 * @param venues trading by venue, where there are several
 */
public record MarketActivity(
    List<Liquidation> liquidations, Optional<Lending> lending, List<Venue> venues) {

  /** A market in which nothing but prices is to be told. */
  public static final MarketActivity NONE =
      new MarketActivity(List.of(), Optional.empty(), List.of());

  /**
   * A debt paid by a liquidator, and the collateral that it sold into the pool.
   *
   * @param time in seconds of Unix time
   * @param sellsBase whether the collateral was the base asset, and the debt quote
   * @param debtRepaid smallest units of the debt's asset
   * @param sold smallest units of the collateral
   * @param protocolFee smallest units of the collateral that the lending market kept
   * @param proceeds smallest units of the debt's asset that the pool paid
   * @param price of the sale, whole quote for one whole base
   * @param debtWorth what was repaid, in whole quote tokens
   * @param gas in whole quote tokens
   * @param profit in whole quote tokens, gas paid
   */
  public record Liquidation(
      long time,
      boolean sellsBase,
      BigInteger debtRepaid,
      BigInteger sold,
      BigInteger protocolFee,
      BigInteger proceeds,
      double price,
      double debtWorth,
      double gas,
      double profit) {}

  /**
   * A lending market at one moment, in whole quote tokens at its own oracle's price.
   *
   * @param borrowers who owe anything
   * @param collateral worth of what they have deposited
   * @param debt worth of what they owe
   * @param underwater how many owe more than their collateral is worth
   * @param badDebt by how much, all together
   */
  public record Lending(
      int borrowers, double collateral, double debt, int underwater, double badDebt) {}

  /**
   * A place of trade.
   *
   * @param trades swaps there
   * @param volume their quote side, smallest units
   */
  public record Venue(String name, long trades, BigInteger volume) {}

  public MarketActivity {
    liquidations = List.copyOf(liquidations);
    venues = List.copyOf(venues);
  }

  /** What liquidators repaid, in whole quote tokens. */
  public double debtRepaid() {
    return liquidations.stream().mapToDouble(Liquidation::debtWorth).sum();
  }

  /** What liquidators earned, gas paid, in whole quote tokens. */
  public double liquidatorsProfit() {
    return liquidations.stream().mapToDouble(Liquidation::profit).sum();
  }

  /**
   * Collateral that liquidators sold into the pool, smallest units.
   *
   * @param ofBase whether of the base asset or of quote
   */
  public BigInteger sold(boolean ofBase) {
    return liquidations.stream()
        .filter(one -> one.sellsBase == ofBase)
        .map(Liquidation::sold)
        .reduce(BigInteger.ZERO, BigInteger::add);
  }

  /** Whether there is nothing to tell. */
  public boolean isNothing() {
    return lending.isEmpty() && venues.isEmpty();
  }

  /** What came after {@code before}, an earlier moment of the same market. */
  public MarketActivity since(MarketActivity before) {
    var later = new ArrayList<Venue>();
    for (int i = 0; i < venues.size(); i++) {
      Venue now = venues.get(i);
      Venue then = before.venues.get(i);
      later.add(new Venue(now.name, now.trades - then.trades, now.volume.subtract(then.volume)));
    }
    return new MarketActivity(
        liquidations.subList(before.liquidations.size(), liquidations.size()), lending, later);
  }
}

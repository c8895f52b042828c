package org.probity.sim.backtest;

import java.util.Optional;
import org.probity.sim.backtest.BacktestSettings.Lending;
import org.probity.sim.backtest.BacktestSettings.Market;
import org.probity.sim.backtest.BacktestSettings.Reserve;
import org.probity.sim.market.RateCurve;
import org.probity.sim.market.ReserveTerms;
import org.probity.sim.scenario.LendingTerms;
import org.probity.sim.scenario.MarketPopulation;
import org.probity.sim.scenario.PoolTerms;

/** Those who act in an agent-based market, from the settings. */
final class Population {

  private static final String LENDING = "backtest.market.lending.";

  /** With eight decimals in the oracle, a lower price would be a matter of rounding. */
  private static final double LEAST_PRICE = 1e-4;

  private Population() {}

  static MarketPopulation of(Market market, PoolTerms terms) {
    return new MarketPopulation(
        market.agents(),
        Optional.of(market.pair()).filter(pair -> pair.depth() > 0),
        market.sides(),
        lending(market, terms));
  }

  /** What a title says of them. */
  static String words(Market market) {
    return ", agents"
        + (market.pair().depth() > 0 ? ", a v2 pair" : "")
        + (market.sides().v3().isPresent() ? ", a second v3 pool" : "")
        + (market.sides().v4().isPresent() ? ", a v4 pool" : "")
        + (market.lending().borrowers() > 0
            ? ", %s borrowers".formatted(market.lending().borrowers())
            : "");
  }

  private static Optional<LendingTerms> lending(Market market, PoolTerms terms) {
    Lending lending = market.lending();
    if (lending.borrowers() == 0) {
      return Optional.empty();
    }
    if (market.price() < LEAST_PRICE) {
      throw new BacktestRefused(
          "backtest.market.price is %s, and a lending market's oracle has eight decimals: with borrowers it must be %s or more."
              .formatted(market.price(), LEAST_PRICE));
    }
    try {
      return Optional.of(
          new LendingTerms(
              lending.borrowers(),
              lending.size(),
              lending.shortShare(),
              lending.healthFrom(),
              lending.healthTo(),
              lending.movesPerDay(),
              lending.baseSupply(),
              lending.quoteSupply(),
              listing("base", lending.base(), terms.baseDecimals()),
              listing("quote", lending.quote(), terms.quoteDecimals()),
              prices(lending),
              lending.liquidationChance(),
              lending.liquidationGas()));
    } catch (IllegalArgumentException e) {
      throw new BacktestRefused(
          "%shealth-from and health-to do not fit the reserves: %s."
              .formatted(LENDING, e.getMessage()),
          e);
    }
  }

  private static LendingTerms.PriceSource prices(Lending lending) {
    return switch (lending.oracle()) {
      case FEED ->
          new LendingTerms.PriceSource.Feed(
              lending.deviation(), lending.heartbeatSeconds(), lending.delaySeconds());
      case TWAP -> new LendingTerms.PriceSource.Twap(lending.twapSeconds());
    };
  }

  private static LendingTerms.Listing listing(String asset, Reserve reserve, int decimals) {
    try {
      return new LendingTerms.Listing(
          ReserveTerms.open(
              decimals,
              reserve.ltv(),
              reserve.threshold(),
              reserve.threshold() == 0 ? 0 : 10_000 + reserve.bonus(),
              reserve.reserveFactor(),
              reserve.protocolFee()),
          RateCurve.ofBasisPoints(
              reserve.optimalUsage(), reserve.baseRate(), reserve.slope1(), reserve.slope2()));
    } catch (IllegalArgumentException e) {
      throw new BacktestRefused(
          "%s%s-reserve is not a reserve that Aave v3 would list: %s."
              .formatted(LENDING, asset, e.getMessage()),
          e);
    }
  }
}

package org.probity.sim.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.probity.intent.policy.Policy;
import org.probity.sim.TinyEngine;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.DecisionLog;
import org.probity.sim.backtest.EquityCurve;
import org.probity.sim.backtest.IdleWeek;
import org.probity.sim.backtest.MarketDescription;
import org.probity.sim.backtest.MarketDescription.Asset;
import org.probity.sim.backtest.Stamp;
import org.probity.sim.backtest.Totals;
import org.probity.sim.backtest.Trade;
import org.probity.sim.scenario.MarketActivity;

final class PerformanceTest {

  @Property(tries = 30)
  void attributionAddsUpExactly(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 3_000) int heads) {
    BacktestResult result = TinyEngine.run(seed, heads, 300, List.of());
    Attribution attribution = Attribution.of(result.totals());
    BigDecimal total =
        new BigDecimal(result.totals().equityEnd())
            .subtract(new BigDecimal(result.totals().equityStart()));
    assertThat(attribution.total()).isEqualByComparingTo(total);
    assertThat(attribution.parts().values().stream().reduce(BigDecimal.ZERO, BigDecimal::add))
        .isEqualByComparingTo(total);
  }

  /** The price's part, counted a second way: what was held, times each move of the price. */
  @Property(tries = 30)
  void priceIsWhatWasHeldTimesItsMoves(@ForAll long seed) {
    BacktestResult result = TinyEngine.run(seed, 2_000, 300, List.of());
    EquityCurve curve = result.curve();
    double base = TradeStatistics.whole(result.totals().booksStart().get(1), 18);
    double price = 0;
    int next = 0;
    for (int i = 1; i < curve.size(); i++) {
      price += base * (curve.price(i) - curve.price(i - 1));
      while (next < result.trades().size() && result.trades().get(next).head() == i) {
        base += TradeStatistics.whole(result.trades().get(next++).baseDelta(), 18);
      }
    }
    assertThat(Attribution.of(result.totals()).price().doubleValue())
        .isCloseTo(price, within(0.01));
  }

  @Test
  void measuresOfAWholeRunAgreeWithEachOther() {
    BacktestResult result = TinyEngine.run(7, 20_000, 3_600, List.of());
    Performance p = Performance.of(result);
    assertThat(p.sampling()).isEqualTo(Sampling.DAYS);
    EquityCurve curve = result.curve();
    assertThat(p.totalReturn())
        .isCloseTo(curve.equity(curve.size() - 1) / curve.equity(0) - 1, within(1e-12));
    double years = (20_000 - 1) * 3_600 / (365 * 86_400.0);
    assertThat(Math.pow(1 + p.cagr(), years)).isCloseTo(1 + p.totalReturn(), within(1e-9));
    assertThat(p.calmar()).isCloseTo(p.cagr() / p.drawdown().depth(), within(1e-12));
    assertThat(p.tradeStatistics().trades()).isEqualTo(result.trades().size()).isPositive();
    assertThat(p.meanExposure()).isBetween(0.2, 0.8);
    for (Measure measure : Measure.values()) {
      assertThat(Measure.named(measure.word())).isEqualTo(measure);
      assertThat(measure.shown(measure.of(p))).isNotEmpty();
    }
  }

  @Test
  void salesRealiseWhatTheyBringOverAverageCost() {
    // 1 base at 100; buys 1 at 120 with 2 of gas: cost 222 for 2. Sells 1 for 130 less 1 of gas:
    // 130 - 111 - 1 = 18.
    // Sells 1 for 100 with nothing: 100 - 111 = -11.
    TradeStatistics statistics =
        TradeStatistics.of(
            result(
                List.of(
                    trade(1, 100, -12_000, 120, 2),
                    trade(2, -100, 13_000, 130, 1),
                    trade(3, -100, 10_000, 100, 0))));
    assertThat(statistics.closed()).hasSize(2);
    assertThat(statistics.closed().get(0)).isCloseTo(18, within(1e-12));
    assertThat(statistics.closed().get(1)).isCloseTo(-11, within(1e-12));
    assertThat(statistics.winRate()).isEqualTo(0.5);
    assertThat(statistics.profitFactor()).isCloseTo(18.0 / 11, within(1e-12));
    assertThat(statistics.expectancy()).isCloseTo(3.5, within(1e-12));
    assertThat(statistics.tradedValue()).isCloseTo(120 + 130 + 100, within(1e-12));
    assertThat(statistics.turnover()).isCloseTo(350.0 / 1_000, within(1e-12));
    TradeStatistics none = TradeStatistics.of(result(List.of()));
    assertThat(none.winRate()).isNaN();
    assertThat(none.profitFactor()).isNaN();
    assertThat(none.turnover()).isZero();
  }

  private static Trade trade(int day, long base, long quote, double price, double gas) {
    return new Trade(
        day,
        day * 86_400L,
        day * 86_400L,
        day,
        List.of(0),
        1,
        BigInteger.valueOf(base),
        BigInteger.valueOf(quote),
        price,
        price,
        price,
        price,
        price,
        0,
        0,
        1,
        gas,
        0,
        100,
        1_000);
  }

  private static BacktestResult result(List<Trade> trades) {
    double[] equity = {1_000, 1_000, 1_000, 1_000};
    return new BacktestResult(
        new Stamp("test", "{}", "", "", "", 1),
        new MarketDescription(
            List.of(new Asset("Q", 2), new Asset("B", 2)),
            List.of(500),
            86_400,
            List.of("hold"),
            List.of(List.of(Policy.HOLD)),
            "by hand"),
        TinyEngine.curve(
            new long[] {0, 86_400, 172_800, 259_200},
            new double[] {100, 120, 130, 100},
            equity,
            equity,
            new double[4]),
        trades,
        new DecisionLog(List.of()),
        new Totals(
            1_000,
            1_000,
            0,
            0,
            0,
            0,
            0,
            0,
            List.of(1.0, 100.0),
            List.of(BigInteger.valueOf(90_000), BigInteger.valueOf(100)),
            List.of(BigInteger.ZERO, BigInteger.ZERO)),
        new IdleWeek(1_008, 0, 0),
        List.of(),
        MarketActivity.NONE);
  }
}

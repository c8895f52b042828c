package org.probity.sim.study;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.probity.sim.backtest.Backtest;
import org.probity.sim.backtest.BacktestListener;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.EquityCurve;
import org.probity.sim.backtest.StrategyUnderTest;
import org.probity.strategy.Strategy;
import org.probity.zk.Decision;

/** The check finds those who know the future, and nobody else. */
final class LookAheadTest {

  private static final BacktestSettings SETTINGS = Runs.settings(1.5, "");

  @Test
  void strategyThatReadsItsFeaturesPasses() {
    LookAhead found = check(_ -> Runs.momentum());
    assertThat(found.passed()).as(found.sentence()).isTrue();
    assertThat(found.cuts()).hasSize(4);
    assertThat(found.compared()).isGreaterThan(200);
    assertThat(found.sentence()).contains("No decision changed", "4 cuts");
  }

  /** It buys before the price rises: a profit that nobody could have had. */
  @Test
  void strategyThatKnowsTheNextPriceIsCaught() {
    LookAhead found = check(settings -> knowing(prices(settings), 1));
    assertThat(found.passed()).isFalse();
    assertThat(found.changed().orElseThrow().sameFeatures()).isTrue();
    assertThat(found.sentence()).contains("changes when the data ends", "strategy");
    BacktestResult whole = run(SETTINGS, knowing(prices(SETTINGS), 1));
    assertThat(whole.totals().equityEnd())
        .as("it would have looked good")
        .isGreaterThan(whole.curve().holding(whole.curve().size() - 1));
  }

  /** The usual accident: something is scaled by the mean of the whole period. */
  @Test
  void strategyThatIsFittedToTheWholePeriodIsCaught() {
    LookAhead found =
        check(settings -> {
          EquityCurve prices = prices(settings);
          double mean =
              prices.points().stream().mapToDouble(EquityCurve.Point::price).average().orElse(0);
          int[] head = {0};
          Strategy strategy =
              _ ->
                  new Decision.Choice(
                      prices.price(Math.min(head[0]++, prices.size() - 1)) < mean
                          ? Runs.INCREASE
                          : Runs.REDUCE);
          return Runs.strategy("fitted", strategy);
        });
    assertThat(found.passed()).isFalse();
  }

  private static LookAhead check(Function<BacktestSettings, StrategyUnderTest> strategy) {
    return LookAhead.check(
        run(SETTINGS, strategy.apply(SETTINGS)),
        cut -> {
          BacktestSettings shorter =
              SETTINGS.with("backtest.to", Instant.ofEpochSecond(cut).toString());
          return run(shorter, strategy.apply(shorter));
        },
        4);
  }

  private static StrategyUnderTest knowing(EquityCurve prices, int ahead) {
    int[] head = {0};
    Strategy strategy =
        _ -> {
          int now = Math.min(head[0]++, prices.size() - 1);
          int next = Math.min(now + ahead, prices.size() - 1);
          double move = prices.price(next) / prices.price(now) - 1;
          return new Decision.Choice(
              move > 0.0015 ? Runs.INCREASE : move < -0.0015 ? Runs.REDUCE : Runs.HOLD);
        };
    return Runs.strategy("knowing", strategy);
  }

  /** What a careless researcher's data frame would hold. */
  private static EquityCurve prices(BacktestSettings settings) {
    return run(settings, Runs.strategy("holding", _ -> new Decision.Choice(Runs.HOLD))).curve();
  }

  private static BacktestResult run(BacktestSettings settings, StrategyUnderTest strategy) {
    return Backtest.run(settings, strategy, BacktestListener.NONE);
  }
}

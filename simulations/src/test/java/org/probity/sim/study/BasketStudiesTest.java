package org.probity.sim.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.settings.BadSetting;
import org.probity.sim.backtest.Backtest;
import org.probity.sim.backtest.BacktestListener;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.BacktestSettings.BasketPool;
import org.probity.sim.backtest.StrategyUnderTest;
import org.probity.sim.metrics.Measure;
import org.probity.sim.report.Report;

/** What studies and pages make of a vault of three assets, and what they cannot. */
final class BasketStudiesTest {

  private static final BacktestSettings SETTINGS =
      BacktestSettings.load(
              Path.of(System.getProperty("probity.home", ".."), "examples/backtest-rotation.conf"))
          .with("backtest.days", 1);
  private static final StrategyUnderTest STRATEGY = Backtest.strategy(SETTINGS.strategy());

  @TempDir private Path folder;

  private static BacktestResult run(BacktestSettings settings) {
    return Backtest.run(settings, STRATEGY, BacktestListener.NONE);
  }

  private static List<Integer> fees(BacktestSettings settings) {
    return settings.market().basket().pools().stream().map(BasketPool::feePips).toList();
  }

  @Test
  void costsOfEveryPoolAreRaised() {
    List<CostStress.Variant> variants = CostStress.variants(SETTINGS);
    assertThat(fees(SETTINGS)).containsExactly(500, 500);
    assertThat(fees(variants.get(1).settings())).containsExactly(1_000, 1_000);
    assertThat(fees(variants.getLast().settings())).containsExactly(1_000, 1_000);
    List<Double> paid =
        variants.stream().map(variant -> run(variant.settings()).totals().gas()).toList();
    assertThat(paid.get(2)).isGreaterThan(paid.getFirst());
  }

  @Test
  void aDecisionOfABasketDoesNotKnowTheFuture() {
    LookAhead found =
        LookAhead.check(
            run(SETTINGS),
            cut -> run(SETTINGS.with("backtest.to", Instant.ofEpochSecond(cut).toString())),
            3);
    assertThat(found.passed()).as(found.sentence()).isTrue();
    assertThat(found.compared()).isPositive();
  }

  @Test
  void pathsAreOtherMarkets() {
    var jobs = new BacktestJobs();
    MonteCarlo paths =
        new MonteCarlo(
            List.of(1, 2, 3).stream()
                .map(seed ->
                    jobs.job(SETTINGS.with("backtest.seed", seed), STRATEGY, "seed " + seed)
                        .run()
                        .get())
                .toList());
    assertThat(
            paths.runs().stream()
                .map(run -> run.measure(Measure.HOLDING_RETURN))
                .collect(Collectors.toSet()))
        .hasSize(3);
  }

  @Test
  void whatNeedsOnePriceIsRefused() {
    assertThatThrownBy(() -> MarketPeriods.of(SETTINGS, folder))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("take one of one pool, or monte-carlo");
    TrainingSettings training =
        StudySettings.read(
                ConfigFactory.parseString(
                    "training { from = \"2024-01-01\", to = \"2024-01-02\" }"),
                SETTINGS)
            .training()
            .orElseThrow();
    assertThatThrownBy(() -> new Training(SETTINGS, training).run((_, _, _, _) -> {}))
        .isInstanceOf(BadSetting.class);
    assertThatThrownBy(() -> new ResampledMarket(SETTINGS, 60))
        .hasMessageContaining("Only recorded minutes or candles can be resampled");
  }

  @Test
  void itsPageNamesAllAssetsAndWhatHoldingWouldHaveBeen() {
    BacktestResult result = run(SETTINGS);
    assertThat(Report.html(result))
        .contains("Backtest WETH, WBTC in USD")
        .contains("pool fees 0.05 %, 0.05 %")
        .contains("Exposure to WETH, WBTC", "Holding, as a multiple")
        .contains("Why not, in the vault&#39;s words: HOLD");
  }
}

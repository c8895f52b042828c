package org.probity.sim.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.settings.BadSetting;
import org.probity.sim.TinyEngine;
import org.probity.sim.backtest.Backtest;
import org.probity.sim.backtest.BacktestListener;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.StrategyUnderTest;
import org.probity.sim.history.CsvImport;
import org.probity.sim.history.HistoryStore;
import org.probity.sim.history.ImportListener;
import org.probity.sim.history.Tolerance;
import org.probity.sim.metrics.Measure;
import org.probity.sim.scenario.MarketActivity;
import org.probity.sim.study.WalkForward.Split;

final class StudyTest {

  private static final String VERSION = "0.1.0-test";

  @TempDir private Path folder;

  @Test
  void summaryIsTheSameAfterAFile() {
    RunSummary summary = RunSummary.of(TinyEngine.run(5, 2_000, 600, List.of()));
    assertThat(RunSummary.parse(summary.toJson())).contains(summary);
    assertThat(RunSummary.parse(summary.toJson().substring(0, 300))).isEmpty();
    assertThat(RunSummary.parse("{}")).isEmpty();
    assertThat(summary.growth()).hasSize(RunSummary.STEPS + 1);
    assertThat(summary.growth().getFirst()).isEqualTo(1);
    assertThat(summary.growth().getLast())
        .isCloseTo(1 + summary.measure(Measure.TOTAL_RETURN), within(1e-12));
  }

  @Test
  void resultsDoNotDependOnTheNumberOfThreads() {
    List<RunSummary> one =
        new Study(folder.resolve("one"), 1, VERSION).run(jobs(12), Study.Progress.NONE);
    List<RunSummary> four =
        new Study(folder.resolve("four"), 4, VERSION).run(jobs(12), Study.Progress.NONE);
    assertThat(four).isEqualTo(one);
  }

  @Test
  void interruptedStudyGoesOnWhereItWas() throws IOException {
    var ran = new AtomicInteger();
    var study = new Study(folder, 2, VERSION);
    assertThatThrownBy(() -> study.run(jobs(8, ran, 5), Study.Progress.NONE))
        .hasMessage("run 5 fails");
    int before = ran.get();
    assertThat(before).isBetween(1, 7);
    // As a kill leaves it: one file cut short, one half written.
    Path cut;
    try (var files = Files.list(folder)) {
      cut = files.filter(f -> f.toString().endsWith(".json")).sorted().findFirst().orElseThrow();
    }
    String whole = Files.readString(cut);
    Files.writeString(cut, whole.substring(0, whole.length() / 2));
    Files.writeString(folder.resolve("job-00000007.part"), "{");

    var progress = new ArrayList<Integer>();
    ran.set(0);
    List<RunSummary> resumed =
        study.run(
            jobs(8, ran, -1),
            (done, reused, total) -> {
              synchronized (progress) {
                progress.add(reused);
                assertThat(total).isEqualTo(8);
                assertThat(done).isBetween(reused, total);
              }
            });
    int reused = progress.getFirst();
    assertThat(reused).isPositive();
    assertThat(ran.get()).isEqualTo(8 - reused);
    assertThat(resumed)
        .isEqualTo(
            new Study(folder.resolve("fresh"), 1, VERSION).run(jobs(8), Study.Progress.NONE));
  }

  @Test
  void filesOfAnotherVersionAreNotUsed() {
    var ran = new AtomicInteger();
    new Study(folder, 1, VERSION).run(jobs(2, ran, -1), Study.Progress.NONE);
    new Study(folder, 1, "later").run(jobs(2, ran, -1), Study.Progress.NONE);
    assertThat(ran.get()).isEqualTo(4);
  }

  @Test
  void equalJobsRunOnce() {
    var ran = new AtomicInteger();
    List<Job> twice = new ArrayList<>(jobs(2, ran, -1));
    twice.addAll(jobs(2, ran, -1));
    assertThat(new Study(folder, 2, VERSION).run(twice, Study.Progress.NONE)).hasSize(4);
    assertThat(ran.get()).isEqualTo(2);
  }

  // ---- what is varied ----

  @Test
  void gridHasEveryCombinationAndRandomPointsAreRepeatable() {
    var space =
        new SearchSpace(
            List.of(
                new SearchSpace.Choice("backtest.seed", List.of(1, 2, 3)),
                new SearchSpace.Range("backtest.gas.gwei", 1, 100, 3, true, false)));
    assertThat(space.grid()).hasSize(9).doesNotHaveDuplicates();
    assertThat(space.grid().get(1)).containsEntry("backtest.gas.gwei", 10.0);
    assertThat(space.random(20, 4)).isEqualTo(space.random(30, 4).subList(0, 20));
    assertThat(space.random(200, 4))
        .allSatisfy(p ->
            assertThat((double) Objects.requireNonNull(p.get("backtest.gas.gwei")))
                .isBetween(1.0, 100.0));
    assertThatThrownBy(() -> new SearchSpace(List.of()))
        .hasMessageContaining("at least one setting");
    assertThatThrownBy(() -> new SearchSpace.Range("k", 0, 10, 3, true, false))
        .hasMessageContaining("k cannot go from 0.0 to 10.0");
  }

  @Test
  void bestOfASweepIsDeflatedByTheNumberOfTries() {
    List<SweepResult.Point> points =
        IntStream.range(0, 12)
            .mapToObj(i ->
                new SweepResult.Point(
                    Map.of("backtest.a", i % 3, "backtest.b", i / 3),
                    RunSummary.of(TinyEngine.run(i, 2_000, 3_600, List.of()))))
            .toList();
    var sweep = new SweepResult(Measure.SHARPE, points);
    assertThat(sweep.trials()).isEqualTo(12);
    double best = sweep.best().orElseThrow().summary().measure(Measure.SHARPE);
    assertThat(points)
        .allSatisfy(p -> assertThat(p.summary().measure(Measure.SHARPE)).isLessThanOrEqualTo(best));
    assertThat(sweep.deflatedSharpe())
        .isBetween(0.0, 1.0)
        .isLessThan(sweep.best().orElseThrow().summary().measure(Measure.PROBABILISTIC_SHARPE));
    assertThat(sweep.values("backtest.a")).containsExactly(0, 1, 2);
    assertThat(sweep.mean("backtest.a", 1, "backtest.b", 2))
        .isEqualTo(points.get(7).summary().measure(Measure.SHARPE));
  }

  // ---- windows ----

  @Test
  void testsFollowEachOtherAndSamplesEndWhereTheyBegin() {
    List<Split> splits = WalkForward.splits(new Period(0, 1_000), 300, 200, false);
    assertThat(splits)
        .containsExactly(
            new Split(new Period(0, 300), new Period(300, 500)),
            new Split(new Period(200, 500), new Period(500, 700)),
            new Split(new Period(400, 700), new Period(700, 900)));
    assertThat(WalkForward.splits(new Period(0, 1_000), 300, 200, true))
        .allSatisfy(s -> assertThat(s.sample().from()).isZero());
    assertThatThrownBy(() -> WalkForward.splits(new Period(0, 400), 300, 200, false))
        .hasMessageContaining("too short");
  }

  // ---- paths, costs, settings ----

  @Test
  void quantilesOfAMonteCarloAreInOrder() {
    var monteCarlo =
        new MonteCarlo(
            IntStream.range(0, 20)
                .mapToObj(i -> RunSummary.of(TinyEngine.run(i, 600, 600, List.of())))
                .toList());
    double last = Double.NEGATIVE_INFINITY;
    for (double q : MonteCarlo.QUANTILES) {
      assertThat(monteCarlo.quantile(Measure.TOTAL_RETURN, q)).isGreaterThanOrEqualTo(last);
      last = monteCarlo.quantile(Measure.TOTAL_RETURN, q);
      assertThat(monteCarlo.growth(q).getFirst()).isEqualTo(1);
    }
    assertThat(monteCarlo.lossShare()).isBetween(0.0, 1.0);
  }

  @Test
  void recordWithAGapIsResampledIntoWholePaths() throws IOException {
    var lines = new ArrayList<String>(List.of("time,open,high,low,close,volume"));
    for (int i = 0; i < 600; i++) {
      double price = 2_000 + 40 * Math.sin(i / 20.0);
      if (i != 300) {
        lines.add(
            "%d,%f,%f,%f,%f,1"
                .formatted(1_704_067_200L + 60L * i, price, price + 1, price - 1, price));
      }
    }
    Path csv = Files.write(folder.resolve("candles.csv"), lines);
    HistoryStore store = HistoryStore.at(folder.resolve("store"));
    new CsvImport(store, new Tolerance(true, false), ImportListener.NONE)
        .run("candles", List.of(csv), new TreeMap<>());
    BacktestSettings settings =
        Runs.settings(1, "")
            .with("backtest.market.source", "candles")
            .with("backtest.market.store", store.folder().toString())
            .with("backtest.market.series", "candles");
    ResampledMarket market = new ResampledMarket(settings, 30);
    RunSummary one = market.job(Runs.momentum(), 3).run().get();
    assertThat(market.job(Runs.momentum(), 3).run().get()).isEqualTo(one);
    assertThat(market.job(Runs.momentum(), 4).run().get().growth()).isNotEqualTo(one.growth());
    assertThat(market.path(3)).hasSize(599);
  }

  @Test
  void marketWithBorrowersIsWrittenDownAsItsPrices() {
    BacktestSettings settings =
        Runs.settings(
            0.5,
            """

            backtest.market {
              source = agents, depth = 1000, pair.depth = 100, lending.borrowers = 10
              process.shock { size = -0.3, hours = 6 }
            }
            """);
    BacktestSettings written = MarketPeriods.of(settings, folder);
    BacktestResult result = Backtest.run(written, Runs.momentum(), BacktestListener.NONE);
    assertThat(result.market().scenario()).contains("candles");
    assertThat(result.activity()).isEqualTo(MarketActivity.NONE);
    assertThat(result.curve().price(0)).isBetween(2_200.0, 2_800.0);
    assertThat(result.curve().price(result.curve().size() - 1)).isBetween(1_500.0, 2_000.0);
  }

  @Test
  void higherCostsCostMore() {
    BacktestSettings settings = Runs.settings(1, "");
    StrategyUnderTest strategy = Runs.momentum();
    var jobs = new BacktestJobs();
    Map<String, RunSummary> runs = new LinkedHashMap<>();
    for (CostStress.Variant variant : CostStress.variants(settings)) {
      runs.put(variant.name(), jobs.job(variant.settings(), strategy, variant.name()).run().get());
    }
    assertThat(runs).hasSize(5);
    double asItIs = totalReturn(runs, "as configured");
    assertThat(totalReturn(runs, "gas doubled")).isLessThan(asItIs);
    assertThat(totalReturn(runs, "all of these")).isLessThan(asItIs);
    assertThat(CostStress.variants(settings).get(1).settings().market().assets().feePips())
        .isEqualTo(2 * settings.market().assets().feePips());
  }

  @Test
  void keysChangeWithWhatARunDependsOn() {
    BacktestSettings settings = Runs.settings(1, "");
    String key = BacktestJobs.key(settings, Runs.momentum());
    assertThat(BacktestJobs.key(settings.with("backtest.seed", 1), Runs.momentum())).isEqualTo(key);
    assertThat(BacktestJobs.key(settings.with("backtest.seed", 2), Runs.momentum()))
        .isNotEqualTo(key);
    assertThat(
            BacktestJobs.key(
                settings, Runs.strategy("another", _ -> new org.probity.zk.Decision.Choice(1))))
        .isNotEqualTo(key);
  }

  @Test
  void studySettingsAreReadAndWrongOnesNamed() {
    BacktestSettings settings = Runs.settings(1, "");
    StudySettings read =
        StudySettings.read(
            ConfigFactory.parseString(
                "sweep { objective = calmar, parameters = [{ key = backtest.policy.step,"
                    + " from = 300, to = 1200, steps = 4 }] }"),
            settings);
    assertThat(read.sweep().objective()).isEqualTo(Measure.CALMAR);
    assertThat(read.sweep().points())
        .extracting(p -> p.get("backtest.policy.step"))
        .containsExactly(300L, 600L, 900L, 1200L);
    assertThat(read.training()).isEmpty();
    refused("sweep { objektive = sharpe }", "There is no setting sweep.objektive", "objective");
    refused("sweep { search = wild }", "sweep.search", "grid, or random");
    refused("sweep { parameters = [{ key = seed, values = [1] }] }", "sweep.parameters.0.key");
    refused("monte-carlo { runs = 0 }", "monte-carlo.runs", "whole number from 1");
    refused("walk-forward { train-days = -1 }", "walk-forward.train-days", "positive");
    refused("walk-forward { train-days = Infinity }", "train-days", "finite");
    refused(
        "sweep { parameters = [{ key = backtest.gas.gwei, from = 0, to = Infinity }] }", "finite");
    for (String key : List.of("cost-bps", "risk-bps", "learning-rate", "lookahead-minutes")) {
      refused(
          "training { from = 2024-01-01, to = 2024-01-05, %s = NaN }".formatted(key),
          key,
          "finite");
    }
    assertThatThrownBy(() ->
            StudySettings.read(
                ConfigFactory.parseString(
                    "training { from = 2024-01-01, to = 2024-01-05, tests = [{ from = 2024-01-04,"
                        + " to = 2024-01-06 }] }"),
                settings))
        .hasMessageContaining("before the training");
  }

  private static double totalReturn(Map<String, RunSummary> runs, String name) {
    return Objects.requireNonNull(runs.get(name)).measure(Measure.TOTAL_RETURN);
  }

  private static void refused(String text, String... parts) {
    assertThatThrownBy(
            () -> StudySettings.read(ConfigFactory.parseString(text), Runs.settings(1, "")))
        .isInstanceOf(BadSetting.class)
        .hasMessageContainingAll(parts);
  }

  private static List<Job> jobs(int count) {
    return jobs(count, new AtomicInteger(), -1);
  }

  /** Real runs of the tiny engine; one may fail. */
  private static List<Job> jobs(int count, AtomicInteger ran, int failing) {
    return IntStream.range(0, count)
        .mapToObj(i ->
            new Job(
                "job-0000000" + i,
                "run " + i,
                () -> {
                  if (i == failing) {
                    throw new IllegalStateException("run " + i + " fails");
                  }
                  ran.incrementAndGet();
                  return RunSummary.of(TinyEngine.run(i, 300, 600, List.of()));
                }))
        .toList();
  }
}

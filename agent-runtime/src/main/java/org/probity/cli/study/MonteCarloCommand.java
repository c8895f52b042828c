package org.probity.cli.study;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.StrategyUnderTest;
import org.probity.sim.metrics.Measure;
import org.probity.sim.report.StudyReport;
import org.probity.sim.study.BacktestJobs;
import org.probity.sim.study.Job;
import org.probity.sim.study.MonteCarlo;
import org.probity.sim.study.StudySettings;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code probity monte-carlo}: 0 once all paths are walked. */
@Command(
    name = "monte-carlo",
    description = {
      "Run a backtest on many random paths: a distribution instead of a number.",
      "An invented market has another seed on each path; a recorded one is resampled by blocks."
    })
public final class MonteCarloCommand implements Runnable {

  private static final List<Measure> SHOWN =
      List.of(
          Measure.TOTAL_RETURN,
          Measure.EXCESS_RETURN,
          Measure.SHARPE,
          Measure.MAX_DRAWDOWN,
          Measure.TRADES);

  @Mixin private final StudyOptions options = new StudyOptions();

  @Option(
      names = "--runs",
      paramLabel = "N",
      description = "Paths (default: monte-carlo.runs of the file, or 100).")
  private @Nullable Integer runs;

  @Override
  public void run() {
    StudySettings settings = options.settings();
    int count = runs == null ? settings.monteCarlo().runs() : runs;
    if (count < 1) {
      throw new Complaint("--runs is %d: it must be at least 1.".formatted(count));
    }
    Path page = options.page("monte-carlo.html");
    try (Screen screen = options.screen();
        StudyOptions.Runner runner = options.open(screen)) {
      Screen.Step preparing = screen.step("Getting the strategy ready");
      var jobs = new BacktestJobs();
      StrategyUnderTest strategy = jobs.strategy(settings.backtest());
      preparing.done("The strategy %s", strategy.name());
      MonteCarlo monteCarlo =
          new MonteCarlo(runner.run("Walking the paths", jobs(settings, strategy, jobs, count)));
      StudyReport.write(monteCarlo, options.name(), page);
      show(screen, monteCarlo, page);
      screen.result(json(monteCarlo, page));
    }
  }

  private static List<Job> jobs(
      StudySettings settings, StrategyUnderTest strategy, BacktestJobs jobs, int count) {
    BacktestSettings backtest = settings.backtest();
    boolean invented = backtest.market().source().isInvented();
    return LongStream.range(backtest.seed(), backtest.seed() + count)
        .mapToObj(seed ->
            invented
                ? jobs.job(backtest.with("backtest.seed", seed), strategy, "seed " + seed)
                : jobs.job(backtest, settings.monteCarlo().blockMinutes(), seed))
        .toList();
  }

  private static void show(Screen screen, MonteCarlo monteCarlo, Path page) {
    screen.say("");
    screen.say("  %-22s %11s %11s %11s %11s %11s", "", "5 %", "25 %", "median", "75 %", "95 %");
    for (Measure measure : SHOWN) {
      var line = new StringBuilder("  %-22s".formatted(measure.label()));
      MonteCarlo.QUANTILES.forEach(
          q -> line.append(" %11s".formatted(measure.shown(monteCarlo.quantile(measure, q)))));
      screen.say(line.toString());
    }
    screen.say("");
    screen.say(
        "  %s of the paths lose, %s do worse than holding",
        Measure.WIN_RATE.shown(monteCarlo.lossShare()),
        Measure.WIN_RATE.shown(monteCarlo.worseThanHoldingShare()));
    screen.say("  written   %s", page);
    screen.say("");
  }

  private static String json(MonteCarlo monteCarlo, Path page) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("runs", monteCarlo.runs().size());
    root.set("lossShare", Measure.json(monteCarlo.lossShare()));
    root.set("worseThanHoldingShare", Measure.json(monteCarlo.worseThanHoldingShare()));
    ObjectNode quantiles = root.putObject("quantiles");
    for (Measure measure : Measure.values()) {
      var values = quantiles.putArray(measure.word());
      MonteCarlo.QUANTILES.forEach(q -> values.add(Measure.json(monteCarlo.quantile(measure, q))));
    }
    root.put("page", page.toString());
    return root.toString();
  }
}

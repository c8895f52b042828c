package org.probity.cli.study;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.StrategyUnderTest;
import org.probity.sim.metrics.Measure;
import org.probity.sim.report.StudyReport;
import org.probity.sim.study.BacktestJobs;
import org.probity.sim.study.Job;
import org.probity.sim.study.MarketPeriods;
import org.probity.sim.study.Period;
import org.probity.sim.study.RunSummary;
import org.probity.sim.study.StudySettings;
import org.probity.sim.study.SweepResult;
import org.probity.sim.study.Training;
import org.probity.sim.study.WalkForward;
import org.probity.sim.study.WalkForward.Split;
import org.probity.sim.study.WalkForward.Window;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code probity walk-forward}: 0 once all windows are judged. */
@Command(
    name = "walk-forward",
    description = {
      "Choose settings on one stretch of time and judge them on the next, again and again.",
      "What is chosen: the points of the section \"sweep\"; with a section \"training\", the"
          + " strategy is trained on each sample."
    })
public final class WalkForwardCommand implements Runnable {

  private static final double DAY = 86_400;

  @Mixin private final StudyOptions options = new StudyOptions();

  @Override
  public void run() {
    StudySettings written = options.settings();
    if (written.sweep().axes().isEmpty() && written.training().isEmpty()) {
      throw new Complaint(
          "There is nothing to choose: the file needs sweep.parameters, or a section training.");
    }
    Path page = options.page("walk-forward.html");
    try (Screen screen = options.screen();
        StudyOptions.Runner runner = options.open(screen)) {
      var jobs = new BacktestJobs();
      StudySettings settings =
          written.with(MarketPeriods.of(written.backtest(), options.folder().resolve("market")));
      List<Split> splits = splits(screen, settings);
      List<StrategyUnderTest> strategies = strategies(screen, settings, splits, jobs);
      List<Map<String, Object>> points =
          settings.sweep().axes().isEmpty() ? List.of(Map.of()) : settings.sweep().points();
      WalkForward walk = new Plan(runner, settings, jobs, splits, strategies, points).walk();
      StudyReport.write(walk, options.name(), page);
      show(screen, walk, page);
      screen.result(json(walk, page));
    }
  }

  /** The windows of the whole period that the settings run over. */
  private static List<Split> splits(Screen screen, StudySettings settings) {
    Screen.Step step = screen.step("Looking how long the market is");
    Period period = MarketPeriods.whole(settings.backtest());
    List<Split> splits =
        WalkForward.splits(
            period,
            Math.round(settings.walkForward().trainDays() * DAY),
            Math.round(settings.walkForward().testDays() * DAY),
            settings.walkForward().anchored());
    step.done("%d windows in %s", splits.size(), period);
    return splits;
  }

  private static List<StrategyUnderTest> strategies(
      Screen screen, StudySettings settings, List<Split> splits, BacktestJobs jobs) {
    var strategies = new ArrayList<StrategyUnderTest>();
    for (Split split : splits) {
      if (settings.training().isEmpty()) {
        strategies.add(jobs.strategy(settings.backtest()));
        continue;
      }
      Screen.Step step = screen.step("Training on " + split.sample());
      var trained =
          new Training(settings.backtest(), settings.training().get())
              .run(
                  split.sample(),
                  (done, steps, _, _) -> step.progress("steps", (double) done / steps));
      strategies.add(trained.underTest());
      step.done(
          "Trained on %s: best after %,d of %,d steps",
          split.sample(), trained.step(), trained.steps());
    }
    return strategies;
  }

  /** What is run for each window: all the points on its sample, the best of them on its test. */
  private record Plan(
      StudyOptions.Runner runner,
      StudySettings settings,
      BacktestJobs jobs,
      List<Split> splits,
      List<StrategyUnderTest> strategies,
      List<Map<String, Object>> points) {

    WalkForward walk() {
      var all = new ArrayList<Job>();
      for (int w = 0; w < splits.size(); w++) {
        for (Map<String, Object> point : points) {
          all.add(job(w, splits.get(w).sample(), point, "sample " + (w + 1) + " " + point));
        }
      }
      List<RunSummary> runs = runner.run("Trying on the samples", all);
      var chosen = new ArrayList<SweepResult.Point>();
      for (int w = 0; w < splits.size(); w++) {
        SweepResult sample =
            SweepCommand.result(
                settings.sweep().objective(),
                points,
                runs.subList(w * points.size(), (w + 1) * points.size()));
        // Where no point has the objective defined, none is better than the first.
        chosen.add(sample.best().orElse(sample.points().getFirst()));
      }
      return tests(chosen);
    }

    private WalkForward tests(List<SweepResult.Point> chosen) {
      var all = new ArrayList<Job>();
      for (int w = 0; w < splits.size(); w++) {
        all.add(job(w, splits.get(w).test(), chosen.get(w).values(), "test " + (w + 1)));
      }
      List<RunSummary> runs = runner.run("Judging on the stretches after them", all);
      var windows = new ArrayList<Window>();
      for (int w = 0; w < splits.size(); w++) {
        windows.add(
            new Window(splits.get(w), chosen.get(w).words(), chosen.get(w).summary(), runs.get(w)));
      }
      return new WalkForward(settings.sweep().objective(), windows, points.size());
    }

    /** A trained strategy is the window's; else a point may name another. */
    private Job job(int window, Period period, Map<String, Object> point, String label) {
      BacktestSettings at = SweepCommand.at(period.of(settings.backtest()), point);
      return settings.training().isPresent()
          ? jobs.job(at, strategies.get(window), label)
          : jobs.job(at, label);
    }
  }

  private static void show(Screen screen, WalkForward walk, Path page) {
    screen.say("");
    screen.say(
        "  %-34s  %9s  %9s  %10s  %10s  %s",
        "test", "Sharpe in", "out", "return", "holding", "chosen");
    for (Window window : walk.windows()) {
      screen.say(
          "  %-34s  %9s  %9s  %10s  %10s  %s",
          window.split().test(),
          Measure.SHARPE.shown(window.inSample().measure(Measure.SHARPE)),
          Measure.SHARPE.shown(window.outOfSample().measure(Measure.SHARPE)),
          Measure.TOTAL_RETURN.shown(window.outOfSample().measure(Measure.TOTAL_RETURN)),
          Measure.TOTAL_RETURN.shown(window.outOfSample().measure(Measure.HOLDING_RETURN)),
          window.chosen());
    }
    screen.say("");
    screen.say(
        "  out of sample: return %s (holding %s), Sharpe %s against %s in sample, probability of more than 0: %s",
        Measure.TOTAL_RETURN.shown(walk.totalReturn()),
        Measure.TOTAL_RETURN.shown(walk.holdingReturn()),
        Measure.SHARPE.shown(walk.sharpe()),
        Measure.SHARPE.shown(walk.inSampleSharpe()),
        Measure.PROBABILISTIC_SHARPE.shown(walk.probabilisticSharpe()));
    screen.say(
        "  deflated for %,d tries in each sample: %s in sample",
        walk.trials(), Measure.PROBABILISTIC_SHARPE.shown(walk.deflatedInSample()));
    screen.say("  written   %s", page);
    screen.say("");
  }

  private static String json(WalkForward walk, Path page) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("objective", walk.objective().word());
    root.put("trials", walk.trials());
    root.set("return", Measure.json(walk.totalReturn()));
    root.set("holdingReturn", Measure.json(walk.holdingReturn()));
    root.set("sharpe", Measure.json(walk.sharpe()));
    root.set("inSampleSharpe", Measure.json(walk.inSampleSharpe()));
    root.set("probabilisticSharpe", Measure.json(walk.probabilisticSharpe()));
    root.set("deflatedInSample", Measure.json(walk.deflatedInSample()));
    var windows = root.putArray("windows");
    for (Window window : walk.windows()) {
      ObjectNode node = windows.addObject();
      node.put("sample", window.split().sample().toString());
      node.put("test", window.split().test().toString());
      node.put("chosen", window.chosen());
      node.set("inSample", window.inSample().measuresJson());
      node.set("outOfSample", window.outOfSample().measuresJson());
    }
    root.put("page", page.toString());
    return root.toString();
  }
}

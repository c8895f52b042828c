package org.probity.cli.study;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.metrics.Measure;
import org.probity.sim.report.StudyReport;
import org.probity.sim.study.BacktestJobs;
import org.probity.sim.study.Job;
import org.probity.sim.study.RunSummary;
import org.probity.sim.study.StudySettings;
import org.probity.sim.study.SweepResult;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code probity sweep}: 0 once all points are run. */
@Command(
    name = "sweep",
    description =
        "Run a backtest at many points of its settings, as the section \"sweep\" of its file says,"
            + " and compare them.")
public final class SweepCommand implements Runnable {

  private static final int SHOWN = 10;

  @Mixin private final StudyOptions options = new StudyOptions();

  @Override
  public void run() {
    StudySettings settings = options.settings();
    Path page = options.page("sweep.html");
    try (Screen screen = options.screen();
        StudyOptions.Runner runner = options.open(screen)) {
      List<Map<String, Object>> points = points(settings);
      var jobs = new BacktestJobs();
      Screen.Step preparing = screen.step("Getting the strategy ready");
      List<Job> all = jobs(settings.backtest(), points, jobs);
      preparing.done("%,d points of %s", points.size(), options.name());
      List<RunSummary> runs = runner.run("Sweeping", all);
      SweepResult sweep = result(settings.sweep().objective(), points, runs);
      StudyReport.write(sweep, options.name(), page);
      show(screen, sweep, page);
      screen.result(json(sweep, page));
    }
  }

  static List<Map<String, Object>> points(StudySettings settings) {
    if (settings.sweep().axes().isEmpty()) {
      throw new Complaint(
          "The file names nothing to vary: give sweep.parameters = [{ key ="
              + " backtest.policy.step, values = [5 min, 10 min] }].");
    }
    return settings.sweep().points();
  }

  static List<Job> jobs(
      BacktestSettings settings, List<Map<String, Object>> points, BacktestJobs jobs) {
    return points.stream().map(point -> jobs.job(at(settings, point), point.toString())).toList();
  }

  /** The settings with others in their place, by their paths. */
  static BacktestSettings at(BacktestSettings settings, Map<String, ?> point) {
    BacktestSettings at = settings;
    for (var value : point.entrySet()) {
      at = at.with(value.getKey(), value.getValue());
    }
    return at;
  }

  static SweepResult result(
      Measure objective, List<Map<String, Object>> points, List<RunSummary> runs) {
    var pairs = new ArrayList<SweepResult.Point>();
    for (int i = 0; i < points.size(); i++) {
      pairs.add(new SweepResult.Point(points.get(i), runs.get(i)));
    }
    return new SweepResult(objective, pairs);
  }

  private static void show(Screen screen, SweepResult sweep, Path page) {
    screen.say("");
    HeatMap.lines(sweep, screen).forEach(screen::say);
    List<SweepResult.Point> ranked = sweep.ranked();
    screen.say("");
    screen.say(
        "        %12s  %10s  %8s  %s", sweep.objective().word(), "return", "trades", "settings");
    for (int i = 0; i < Math.min(SHOWN, ranked.size()); i++) {
      RunSummary run = ranked.get(i).summary();
      screen.say(
          "  %4d  %12s  %10s  %8s  %s",
          i + 1,
          sweep.objective().shown(run.measure(sweep.objective())),
          Measure.TOTAL_RETURN.shown(run.measure(Measure.TOTAL_RETURN)),
          Measure.TRADES.shown(run.measure(Measure.TRADES)),
          ranked.get(i).words());
    }
    screen.say("");
    screen.say(
        "  deflated Sharpe ratio of the best: %s (%,d tries; the probability that it is more than luck)",
        Measure.PROBABILISTIC_SHARPE.shown(sweep.deflatedSharpe()), sweep.trials());
    screen.say("  written   %s", page);
    screen.say("");
  }

  private static String json(SweepResult sweep, Path page) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("objective", sweep.objective().word());
    root.put("points", sweep.points().size());
    root.put("trials", sweep.trials());
    root.set("deflatedSharpe", Measure.json(sweep.deflatedSharpe()));
    sweep
        .best()
        .ifPresent(best -> {
          ObjectNode node = root.putObject("best");
          node.set("settings", values(best.values()));
          node.set("measures", best.summary().measuresJson());
        });
    var all = root.putArray("runs");
    sweep
        .points()
        .forEach(point -> {
          ObjectNode node = all.addObject();
          node.set("settings", values(point.values()));
          node.set(
              sweep.objective().word(), Measure.json(point.summary().measure(sweep.objective())));
        });
    root.put("page", page.toString());
    return root.toString();
  }

  private static ObjectNode values(Map<String, Object> values) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    values.forEach((key, value) -> {
      switch (value) {
        case Integer whole -> node.put(key, whole);
        case Long whole -> node.put(key, whole);
        case Number real -> node.put(key, real.doubleValue());
        case Boolean flag -> node.put(key, flag);
        default -> node.put(key, String.valueOf(value));
      }
    });
    return node;
  }
}

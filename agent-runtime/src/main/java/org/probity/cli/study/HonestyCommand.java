package org.probity.cli.study;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.probity.sim.backtest.Backtest;
import org.probity.sim.backtest.BacktestListener;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.ResultFiles;
import org.probity.sim.backtest.StrategyUnderTest;
import org.probity.sim.metrics.Measure;
import org.probity.sim.report.Report;
import org.probity.sim.study.BacktestJobs;
import org.probity.sim.study.CostStress;
import org.probity.sim.study.Job;
import org.probity.sim.study.LookAhead;
import org.probity.sim.study.RunSummary;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code probity honesty}: 1 if a decision knows the future. */
@Command(
    name = "honesty",
    description = {
      "Check whether a backtest can be believed: that no decision knows the future (it is run again"
          + " on data that ends earlier), and how its result stands up to higher costs.",
      "Writes the backtest's report with what was found on its first screen. Exit status 1 if a"
          + " decision knows the future."
    })
public final class HonestyCommand implements Callable<Integer> {

  @Mixin private final StudyOptions options = new StudyOptions();

  @Option(
      names = "--cuts",
      paramLabel = "N",
      description = "How many times the data is cut (default: 5).")
  private int cuts = 5;

  @Override
  public Integer call() {
    BacktestSettings settings = options.settings().backtest();
    if (cuts < 1) {
      throw new Complaint("--cuts is %d: it must be at least 1.".formatted(cuts));
    }
    Path folder = options.folder();
    ResultFiles.requireOurs(folder);
    try (Screen screen = options.screen()) {
      var jobs = new BacktestJobs();
      Screen.Step running = screen.step("Running");
      StrategyUnderTest strategy = jobs.strategy(settings);
      BacktestResult whole =
          Backtest.run(
              settings,
              strategy,
              (done, total) -> running.progress("heads", (double) done / Math.max(1, total)));
      running.done("%,d heads, %,d decisions", whole.curve().size(), whole.decisions().size());
      LookAhead lookAhead = lookAhead(screen, settings, strategy, whole);
      List<CostStress.Variant> variants = CostStress.variants(settings);
      List<Job> all =
          variants.stream().map(v -> jobs.job(v.settings(), strategy, v.name())).toList();
      List<RunSummary> runs;
      try (StudyOptions.Runner runner = options.open(screen)) {
        runs = runner.run("Raising the costs", all);
      }

      Path page = folder.resolve("report.html");
      ResultFiles.write(whole, folder, Report.html(whole, checks(lookAhead, variants, runs)));
      show(screen, whole, lookAhead, variants, runs, page);
      screen.result(json(lookAhead, variants, runs, page));
      return lookAhead.passed() ? 0 : 1;
    }
  }

  private LookAhead lookAhead(
      Screen screen, BacktestSettings settings, StrategyUnderTest strategy, BacktestResult whole) {
    Screen.Step step = screen.step("Cutting the data");
    int[] done = {0};
    LookAhead lookAhead =
        LookAhead.check(
            whole,
            cut -> {
              step.progress("cut", (double) done[0]++ / cuts);
              return Backtest.run(
                  settings.with("backtest.to", Instant.ofEpochSecond(cut).toString()),
                  strategy,
                  BacktestListener.NONE);
            },
            cuts);
    step.done("Look-ahead check: " + (lookAhead.passed() ? "passed" : "FAILED"));
    return lookAhead;
  }

  private static List<Report.Check> checks(
      LookAhead lookAhead, List<CostStress.Variant> variants, List<RunSummary> runs) {
    double start = runs.getFirst().measure(Measure.TOTAL_RETURN);
    double end = runs.getLast().measure(Measure.TOTAL_RETURN);
    double holding = runs.getFirst().measure(Measure.HOLDING_RETURN);
    return List.of(
        new Report.Check("look-ahead", lookAhead.passed(), lookAhead.sentence()),
        new Report.Check(
            "cost stress",
            start < holding || end >= holding,
            "With %s the return is %s instead of %s; holding gives %s."
                .formatted(
                    variants.getLast().name().equals("all of these")
                        ? "fees and gas doubled and everything later"
                        : variants.getLast().name(),
                    Measure.TOTAL_RETURN.shown(end),
                    Measure.TOTAL_RETURN.shown(start),
                    Measure.TOTAL_RETURN.shown(holding))));
  }

  private static void show(
      Screen screen,
      BacktestResult whole,
      LookAhead lookAhead,
      List<CostStress.Variant> variants,
      List<RunSummary> runs,
      Path page) {
    screen.say("");
    whole.warnings().forEach(w -> screen.say("  !  " + w.sentence()));
    screen.say(
        "  %s  %s",
        lookAhead.passed() ? screen.green(screen.tick()) : screen.red(screen.cross()),
        lookAhead.sentence());
    screen.say("");
    screen.say("  %-38s %11s %11s %9s %9s", "costs", "return", "holding", "Sharpe", "trades");
    for (int i = 0; i < runs.size(); i++) {
      RunSummary run = runs.get(i);
      screen.say(
          "  %-38s %11s %11s %9s %9s",
          variants.get(i).name(),
          Measure.TOTAL_RETURN.shown(run.measure(Measure.TOTAL_RETURN)),
          Measure.HOLDING_RETURN.shown(run.measure(Measure.HOLDING_RETURN)),
          Measure.SHARPE.shown(run.measure(Measure.SHARPE)),
          Measure.TRADES.shown(run.measure(Measure.TRADES)));
    }
    screen.say("");
    screen.say("  written   %s", page);
    screen.say("");
  }

  private static String json(
      LookAhead lookAhead, List<CostStress.Variant> variants, List<RunSummary> runs, Path page) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ObjectNode check = root.putObject("lookAhead");
    check.put("passed", lookAhead.passed());
    check.put("cuts", lookAhead.cuts().size());
    check.put("compared", lookAhead.compared());
    check.put("sentence", lookAhead.sentence());
    var stress = root.putArray("stress");
    for (int i = 0; i < runs.size(); i++) {
      ObjectNode node = stress.addObject();
      node.put("costs", variants.get(i).name());
      node.set("measures", runs.get(i).measuresJson());
    }
    root.put("page", page.toString());
    return root.toString();
  }
}

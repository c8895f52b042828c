package org.probity.cli.study;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.probity.cli.proving.ModelImportCommand;
import org.probity.cli.shared.BackendOption;
import org.probity.sim.backtest.Backtest;
import org.probity.sim.backtest.BacktestListener;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.ResultFiles;
import org.probity.sim.metrics.Measure;
import org.probity.sim.metrics.Performance;
import org.probity.sim.report.Report;
import org.probity.sim.study.MarketPeriods;
import org.probity.sim.study.Period;
import org.probity.sim.study.StudySettings;
import org.probity.sim.study.Training;
import org.probity.sim.study.TrainingSettings;
import org.probity.strategy.StrategyBundle;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import org.probity.zk.CommittedModel;
import org.probity.zk.Entropy;
import org.probity.zk.Srs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code probity train}: 0 once the strategy is trained and tried. */
@Command(
    name = "train",
    description = {
      "Train a strategy on one stretch of a market and try it on later ones, as the section"
          + " \"training\" of a file says.",
      "Training stops when the last part of the stretch shows no further gain."
    })
public final class TrainCommand implements Runnable {

  @Mixin private final StudyOptions options = new StudyOptions();

  @Option(
      names = "--srs",
      paramLabel = "FILE",
      description = "Commit to the strategy under this reference string; with --bundle.")
  private @Nullable Path srs;

  @Option(
      names = "--bundle",
      paramLabel = "DIR",
      description =
          "Keep the strategy in this new folder, ready for backtests and vaults; with --srs.")
  private @Nullable Path bundle;

  @Mixin private final BackendOption backend = new BackendOption();

  private static final String TRAINING = "training";

  /** A stretch and what the strategy came to there. */
  private record Tried(
      String name, Period period, BacktestResult result, Performance performance) {}

  @Override
  public void run() {
    StudySettings written = options.settings();
    TrainingSettings training =
        written
            .training()
            .orElseThrow(() ->
                new Complaint(
                    "The file has no section training: give it one with from, to and tests, as"
                        + " examples/train-polygon.conf does."));
    if ((srs == null) != (bundle == null)) {
      throw new Complaint("--srs and --bundle belong together: give both, or neither.");
    }
    if (bundle != null) {
      ModelImportCommand.requireNew(bundle);
    }
    ResultFiles.requireOurs(options.folder().resolve(TRAINING));
    for (int i = 0; i < training.tests().size(); i++) {
      ResultFiles.requireOurs(options.folder().resolve(test(i)));
    }
    try (Screen screen = options.screen()) {
      BacktestSettings settings =
          MarketPeriods.of(written.backtest(), options.folder().resolve("market"));
      Screen.Step step = screen.step("Training on " + training.train());
      Training.Trained trained =
          new Training(settings, training)
              .run((done, steps, payoff, validation) ->
                  step.progress(
                      String.format(
                          Locale.ROOT,
                          "step %,d, payoff %+.2f bps, on the validation %+.2f bps",
                          done,
                          payoff,
                          validation),
                      (double) done / steps));
      step.done(
          "Trained on %s: stopped after %,d of %,d steps, best at %,d",
          training.train(), trained.steps(), training.steps(), trained.step());
      screen.say(
          "      on the validation %+.2f bps a decision; who knows the future has %+.2f",
          trained.validationPayoffBps(), trained.bestPayoffBps());
      if (bundle != null && srs != null) {
        save(screen, trained, srs, bundle);
      }
      List<Tried> tried = new ArrayList<>();
      tried.add(tryOn(screen, settings, trained, TRAINING, training.train()));
      for (int i = 0; i < training.tests().size(); i++) {
        tried.add(tryOn(screen, settings, trained, test(i), training.tests().get(i)));
      }
      show(screen, tried);
      screen.result(json(trained, tried));
    }
  }

  private void save(Screen screen, Training.Trained trained, Path from, Path folder) {
    Screen.Step step = screen.step("Committing");
    Srs string = Srs.load(from);
    CommittedModel model =
        CommittedModel.commit(
            trained.strategy().network(), string, backend.start(), Entropy.secure());
    StrategyBundle.of(trained.strategy(), model).save(folder);
    step.done("The strategy is in %s", folder);
  }

  private static String test(int index) {
    return "test-" + (index + 1);
  }

  private Tried tryOn(
      Screen screen,
      BacktestSettings settings,
      Training.Trained trained,
      String name,
      Period period) {
    Screen.Step step = screen.step("Trying on " + period);
    BacktestResult result =
        Backtest.run(period.of(settings), trained.underTest(), BacktestListener.NONE);
    Path folder = options.folder().resolve(name);
    ResultFiles.write(result, folder, Report.html(result));
    step.done("%s: %s", name, period);
    return new Tried(name, period, result, Performance.of(result));
  }

  private void show(Screen screen, List<Tried> tried) {
    screen.say("");
    screen.say(
        "  %-10s %-34s %10s %10s %8s %10s %7s",
        "", "stretch", "return", "holding", "Sharpe", "drawdown", "trades");
    for (Tried one : tried) {
      Performance p = one.performance;
      screen.say(
          "  %-10s %-34s %10s %10s %8s %10s %7s",
          one.name,
          one.period,
          Measure.TOTAL_RETURN.shown(p.totalReturn()),
          Measure.HOLDING_RETURN.shown(p.holdingReturn()),
          Measure.SHARPE.shown(p.sharpe()),
          Measure.MAX_DRAWDOWN.shown(p.drawdown().depth()),
          p.tradeStatistics().trades());
    }
    screen.say("");
    screen.say("  What counts are the tests: the training stretch is what the strategy has seen.");
    screen.say("  written   %s", options.folder());
    screen.say("");
  }

  private String json(Training.Trained trained, List<Tried> tried) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("step", trained.step());
    root.put("steps", trained.steps());
    root.put("trainingSamples", trained.trainingSamples());
    root.put("validationSamples", trained.validationSamples());
    root.set("validationPayoffBps", Measure.json(trained.validationPayoffBps()));
    root.set("bestPayoffBps", Measure.json(trained.bestPayoffBps()));
    var stretches = root.putArray("stretches");
    for (Tried one : tried) {
      ObjectNode node = stretches.addObject();
      node.put("name", one.name);
      node.put("period", one.period.toString());
      node.put("digest", one.result.digest());
      for (Measure measure : Measure.values()) {
        node.set(measure.word(), Measure.json(measure.of(one.performance)));
      }
    }
    root.put("folder", options.folder().toString());
    return root.toString();
  }
}

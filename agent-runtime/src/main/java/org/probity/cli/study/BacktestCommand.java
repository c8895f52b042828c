package org.probity.cli.study;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.FormatMethod;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.probity.agent.checks.CheckName;
import org.probity.agent.checks.Examination;
import org.probity.agent.checks.Places;
import org.probity.cli.shared.CheckLines;
import org.probity.cli.shared.JsonOption;
import org.probity.ground.Printable;
import org.probity.sim.backtest.Backtest;
import org.probity.sim.backtest.BacktestResult;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.backtest.DataWarning;
import org.probity.sim.backtest.DecisionLog.Fate;
import org.probity.sim.backtest.EquityCurve;
import org.probity.sim.backtest.ResultFiles;
import org.probity.sim.backtest.StrategyUnderTest;
import org.probity.sim.backtest.Totals;
import org.probity.sim.metrics.Measure;
import org.probity.sim.report.Report;
import org.probity.sim.scenario.MarketActivity;
import org.probity.terminal.Screen;
import org.probity.terminal.Sentences;
import org.probity.terminal.TerminalChart;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code probity backtest}: 2 if its folder cannot take the result. */
@Command(
    name = "backtest",
    description =
        "Run the live agent's own cycle over a recorded or an invented market, as a configuration"
            + " file says.")
public final class BacktestCommand implements Callable<Integer> {

  private static final int CHART_COLUMNS = 72;
  private static final int CHART_ROWS = 11;
  private static final int MOST_REASONS = 6;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      paramLabel = "CONFIG",
      description = "The configuration file; examples/backtest-*.conf are some.")
  private Path config = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Folder for the result (default: backtests/NAME-DIGEST below the present folder).")
  private @Nullable Path out;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "Change a setting: --set backtest.seed=2. May be repeated; a path is relative to CONFIG's folder, as in the file.")
  private Map<String, String> changes = new LinkedHashMap<>();

  @Option(names = "--prove", description = "Make every proof and check it. Slow.")
  private boolean prove;

  @Mixin private final JsonOption json = new JsonOption();

  @Override
  public Integer call() {
    BacktestSettings settings = settings();
    Path folder = folder(settings);
    Examination exam = new Examination(Sentences::of);
    Places.writable(exam, CheckName.OUTPUT, folder);
    Places.room(exam, folder);
    try (Screen screen = json.open()) {
      OptionalInt refused = CheckLines.before(spec, screen, exam.report(), "nothing was run");
      if (refused.isPresent()) {
        return refused.getAsInt();
      }
      screen.say("");
      Screen.Step preparing = screen.step("Getting the strategy ready");
      StrategyUnderTest strategy = Backtest.strategy(settings.strategy());
      preparing.done("The strategy %s", strategy.name());
      long started = System.nanoTime();
      Screen.Step running = screen.step("Running");
      BacktestResult result =
          Backtest.run(
              settings,
              strategy,
              (done, total) -> running.progress("heads", total == 0 ? 1 : (double) done / total));
      double seconds = (System.nanoTime() - started) / 1e9;
      running.done(
          "%,d heads of %s, %,.0f a second",
          result.curve().size(),
          result.market().scenario(),
          result.curve().size() / Math.max(seconds, 1e-9));
      ResultFiles.write(result, folder, Report.html(result));
      show(screen, result, folder);
      screen.result(line(result, folder, seconds));
      return 0;
    }
  }

  private BacktestSettings settings() {
    BacktestSettings settings = SweepCommand.at(BacktestSettings.load(config), changes);
    return prove ? settings.with("backtest.proving.real", true) : settings;
  }

  private Path folder(BacktestSettings settings) {
    String name = String.valueOf(config.getFileName()).replaceFirst("\\.[^.]*$", "");
    Path folder =
        out == null ? Path.of("backtests", name + "-" + settings.digest().substring(0, 8)) : out;
    ResultFiles.requireAlone(folder);
    return folder;
  }

  private static void show(Screen screen, BacktestResult result, Path folder) {
    for (DataWarning warning : result.warnings()) {
      screen.say(
          "      %s: %s",
          screen.bold(warning.kind().name().toLowerCase(Locale.ROOT)), warning.sentence());
    }
    screen.say("");
    screen.say("  equity in %s", result.market().quote().symbol());
    TerminalChart.draw(
            result.curve().times(),
            result.curve().each(EquityCurve.Point::equity),
            CHART_COLUMNS,
            CHART_ROWS)
        .forEach(screen::say);
    Totals totals = result.totals();
    double start = totals.equityStart();
    double holding = result.curve().holding(result.curve().size() - 1);
    screen.say("");
    say(
        screen,
        "  equity    %,.2f → %,.2f %s (%s); holding would have given %,.2f (%s)",
        start,
        totals.equityEnd(),
        result.market().quote().symbol(),
        percent(totals.equityEnd(), start),
        holding,
        percent(holding, start));
    say(
        screen,
        "  costs     fees %,.2f, slippage %,.2f, gas %,.2f, proving %,.4f",
        totals.fees(),
        totals.slippage(),
        totals.gas(),
        totals.proving());
    say(
        screen,
        "  idle week %,d holds: %,.2f executed, %,.2f claimed by a hundred",
        result.idleWeek().moments(),
        result.idleWeek().executed(),
        result.idleWeek().claimed());
    say(
        screen,
        "  decisions %,d: %,d traded, %,d held, %,d idle, %,d not sent, %,d refused, %,d lost",
        result.decisions().size(),
        result.decisions().count(Fate.TRADED),
        result.decisions().count(Fate.HELD) + result.decisions().count(Fate.RECORDED),
        result.decisions().count(Fate.IDLE),
        result.decisions().count(Fate.FORESEEN),
        result.decisions().count(Fate.REFUSED),
        result.decisions().count(Fate.LOST));
    showReasons(screen, result);
    showOthers(screen, result);
    say(screen, "  digest    %s", result.digest());
    say(screen, "  written   %s", folder);
    screen.say("");
  }

  /** Why there was no trade, in the vault's words, the most frequent first. */
  private static void showReasons(Screen screen, BacktestResult result) {
    if (!result.reasons().isEmpty()) {
      say(
          screen,
          "  why not   %s",
          result.reasons().entrySet().stream()
              .sorted(
                  Map.Entry.<String, Integer>comparingByValue()
                      .reversed()
                      .thenComparing(Map.Entry.comparingByKey()))
              .limit(MOST_REASONS)
              .map(reason -> "%s %s".formatted(Printable.line(reason.getKey()), reason.getValue()))
              .collect(Collectors.joining(", ")));
    }
  }

  private static void showOthers(Screen screen, BacktestResult result) {
    MarketActivity activity = result.activity();
    activity
        .lending()
        .ifPresent(lending ->
            say(
                screen,
                "  lending   %,d liquidations repaid %,.0f %s and sold %,.1f %s; bad debt %,.0f",
                activity.liquidations().size(),
                activity.debtRepaid(),
                result.market().quote().symbol(),
                new BigDecimal(activity.sold(true), result.market().base().decimals()),
                result.market().base().symbol(),
                lending.badDebt()));
    for (MarketActivity.Venue venue : activity.venues()) {
      say(
          screen,
          "  venue     %s: %,d swaps, volume %,.0f %s",
          venue.name(),
          venue.trades(),
          new BigDecimal(venue.volume(), result.market().quote().decimals()),
          result.market().quote().symbol());
    }
  }

  /** Of an empty vault there is no return: a dash. */
  private static String percent(double end, double start) {
    return start == 0 ? "–" : String.format(Locale.ROOT, "%+.2f %%", 100 * (end / start - 1));
  }

  @FormatMethod
  private static void say(Screen screen, String format, Object... values) {
    screen.say(Measure.withoutMinusZero(String.format(Locale.ROOT, format, values)));
  }

  private static String line(BacktestResult result, Path folder, double seconds) {
    ObjectNode root = (ObjectNode) ResultFiles.summary(result);
    ((ObjectNode) root.path("stamp")).remove("configuration");
    root.put("folder", folder.toString());
    root.put("seconds", Math.round(1000 * seconds) / 1000.0);
    return root.toString();
  }
}

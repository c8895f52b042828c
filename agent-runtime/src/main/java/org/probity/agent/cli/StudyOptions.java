package org.probity.agent.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.probity.sim.backtest.Backtest;
import org.probity.sim.backtest.BacktestSettings;
import org.probity.sim.study.Job;
import org.probity.sim.study.RunSummary;
import org.probity.sim.study.Study;
import org.probity.sim.study.StudySettings;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the commands that make many runs have in common. */
final class StudyOptions {

  @Parameters(
      paramLabel = "CONFIG",
      description = "The configuration file; examples/study-*.conf are some.")
  private Path config = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Folder for the page and the finished runs (default: studies/NAME below the present"
              + " folder). With the same folder an interrupted study goes on where it was.")
  private @Nullable Path out;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Runs at the same time (default: all cores).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Change a setting: --set backtest.seed=2. May be repeated.")
  private Map<String, String> changes = new LinkedHashMap<>();

  @Option(
      names = "--json",
      description =
          "Write the result as one JSON object to standard output, all else to standard error.")
  private boolean json;

  boolean json() {
    return json;
  }

  /** The file's settings, changed as the command line says. */
  StudySettings settings() {
    StudySettings settings = StudySettings.load(config);
    BacktestSettings backtest = settings.backtest();
    for (var change : changes.entrySet()) {
      backtest = backtest.with(change.getKey(), change.getValue());
    }
    return settings.with(backtest);
  }

  /** The file's name without its ending, for titles. */
  String name() {
    return String.valueOf(config.getFileName()).replaceFirst("\\.[^.]*$", "");
  }

  Path folder() {
    return out == null ? Path.of("studies", name()) : out;
  }

  /** Runs what is missing, with a bar. */
  List<RunSummary> run(Screen screen, String what, List<Job> jobs) {
    if (threads < 1) {
      throw new Complaint("--threads is %d: it must be at least 1.".formatted(threads));
    }
    var study = new Study(folder().resolve("runs"), threads, Backtest.codeVersion());
    Screen.Step step = screen.step(what);
    var begun = new AtomicLong(System.nanoTime());
    var kept = new int[1];
    List<RunSummary> runs =
        study.run(
            jobs,
            (done, reused, total) -> {
              kept[0] = reused;
              int fresh = done - reused;
              double seconds = (System.nanoTime() - begun.get()) / 1e9;
              String left =
                  fresh == 0 ? "" : ", %s left".formatted(span(seconds / fresh * (total - done)));
              step.progress(
                  "%,d of %,d runs%s".formatted(done, total, left), (double) done / total);
            });
    long distinct = jobs.stream().map(Job::key).distinct().count();
    step.done(
        "%,d runs%s"
            .formatted(
                distinct, kept[0] > 0 ? ", %,d of them from before".formatted(kept[0]) : ""));
    return runs;
  }

  private static String span(double seconds) {
    return seconds < 90
        ? String.format(Locale.ROOT, "%.0f s", seconds)
        : String.format(Locale.ROOT, "%.0f min", seconds / 60);
  }
}

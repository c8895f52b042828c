package org.probity.cli.study;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.probity.agent.checks.Places;
import org.probity.agent.study.StudyAddress;
import org.probity.agent.study.StudyCluster;
import org.probity.cli.shared.JsonOption;
import org.probity.sim.backtest.Backtest;
import org.probity.sim.report.Report;
import org.probity.sim.study.Job;
import org.probity.sim.study.RunSummary;
import org.probity.sim.study.Study;
import org.probity.sim.study.StudySettings;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What the commands that make many runs have in common. */
final class StudyOptions {

  @Parameters(
      paramLabel = "CONFIG",
      description = "The configuration file; examples/study-*.conf are some.")
  private Path config = Path.of("");

  /** The command that these are options of: workers are started as it was. */
  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

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
      description =
          "Runs at the same time in this process (default: all cores; with --workers, its share of"
              + " them). 0 leaves all runs to workers.")
  private @Nullable Integer threads;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description =
          "Let workers on other nodes make runs too: `probity study-worker --join HOST:PORT`."
              + " It needs --keys.")
  private @Nullable String listen;

  @Option(
      names = "--keys",
      paramLabel = "DIR",
      description =
          "What this node and its workers know each other by: a node's folder as `probity cluster"
              + " keys` makes it.")
  private @Nullable Path keys;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Start so many workers on this machine, each in a process of its own.")
  private int workers;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "Change a setting: --set backtest.seed=2. May be repeated; a path is relative to CONFIG's folder, as in the file.")
  private Map<String, String> changes = new LinkedHashMap<>();

  @Mixin private final JsonOption json = new JsonOption();

  Screen screen() {
    return json.open();
  }

  /**
   * The file's settings, changed as the command line says.
   *
   * @throws IllegalStateException if nothing can be written to the study's folder, which would be
   *     found out after the work otherwise
   */
  StudySettings settings() {
    StudySettings settings = StudySettings.load(config);
    settings = settings.with(SweepCommand.at(settings.backtest(), changes));
    Places.requireWritable(folder());
    return settings;
  }

  /** The file's name without its ending, for titles. */
  String name() {
    return String.valueOf(config.getFileName()).replaceFirst("\\.[^.]*$", "");
  }

  Path folder() {
    return out == null ? Path.of("studies", name()) : out;
  }

  /** A page in the folder, which may be there from before but must be ours. */
  Path page(String name) {
    Path page = folder().resolve(name);
    Report.requireOurs(page);
    return page;
  }

  /**
   * Gets ready to run jobs: on the threads of this process, or on the nodes of a cluster too.
   *
   * @throws Complaint if the options do not go together
   */
  Runner open(Screen screen) {
    int cores = Runtime.getRuntime().availableProcessors();
    if (workers < 0) {
      throw new Complaint("--workers is %d: it must not be negative.".formatted(workers));
    }
    int share = Math.max(1, cores / (workers + 1));
    int here = threads == null ? share : threads;
    boolean alone = listen == null && workers == 0;
    if (here < (alone ? 1 : 0)) {
      throw new Complaint(
          "--threads is %d: it must be at least %s."
              .formatted(here, alone ? "1; only with --listen or --workers may it be 0" : "0"));
    }
    return alone ? new Runner(screen, here, Optional.empty()) : listening(screen, here, share);
  }

  private Runner listening(Screen screen, int here, int share) {
    StudyAddress address = listen == null ? StudyAddress.LOOPBACK : StudyAddress.parse(listen);
    StudyKeys known = keys();
    try {
      StudyCluster cluster =
          StudyCluster.listen(
              address,
              known.keys(),
              here,
              Backtest.codeVersion(),
              news -> screen.say("      " + news));
      try {
        return listening(screen, here, share, known, cluster);
      } catch (RuntimeException e) {
        cluster.close();
        throw e;
      }
    } catch (RuntimeException e) {
      known.close();
      throw e;
    }
  }

  private Runner listening(
      Screen screen, int here, int share, StudyKeys known, StudyCluster cluster) {
    if (listen != null) {
      screen.say(
          "  Workers may join: probity study-worker --join %s --keys DIR", cluster.address());
    }
    Optional<WorkerProcesses> processes =
        workers == 0
            ? Optional.empty()
            : Optional.of(
                WorkerProcesses.start(
                    Objects.requireNonNull(command).root().userObject().getClass(),
                    workers,
                    cluster.address(),
                    known.folder(),
                    share,
                    base(),
                    folder().resolve("workers")));
    if (listen == null && here == 0) {
      processes.ifPresent(started ->
          started.whenAllHaveEnded(() ->
              cluster.giveUp(
                  "All workers have ended, and nobody else can make the runs: see %s."
                      .formatted(folder().resolve("workers")))));
    }
    return new Runner(screen, here, Optional.of(new Nodes(known, cluster, processes)));
  }

  /** Those of the user; workers that are started here alone get new ones. */
  private StudyKeys keys() {
    if (keys != null) {
      return StudyKeys.in(keys);
    }
    if (listen != null) {
      throw new Complaint(
          "--listen needs --keys DIR, or anybody could join: make some with `probity cluster keys` and give the workers theirs.");
    }
    return StudyKeys.make();
  }

  /** What relative paths in the file are relative to. */
  private Path base() {
    Path parent = config.toAbsolutePath().normalize().getParent();
    return parent == null ? Path.of("").toAbsolutePath() : parent;
  }

  /** The nodes of a study: this one, those started here, and whoever joins. */
  private record Nodes(StudyKeys keys, StudyCluster cluster, Optional<WorkerProcesses> processes)
      implements AutoCloseable {
    @Override
    public void close() {
      cluster.close();
      processes.ifPresent(WorkerProcesses::close);
      keys.close();
    }
  }

  /** Where a command's jobs are run. */
  final class Runner implements AutoCloseable {

    private final Screen screen;
    private final Optional<Nodes> nodes;
    private final Study study;

    private Runner(Screen screen, int here, Optional<Nodes> nodes) {
      this.screen = screen;
      this.nodes = nodes;
      Path runs = folder().resolve("runs");
      String version = Backtest.codeVersion();
      this.study =
          nodes
              .map(some -> new Study(runs, some.cluster(), version))
              .orElseGet(() -> new Study(runs, here, version));
    }

    /** Runs what is missing, with a bar. */
    List<RunSummary> run(String what, List<Job> jobs) {
      Screen.Step step = screen.step(what);
      long begun = System.nanoTime();
      var kept = new int[1];
      List<RunSummary> runs =
          study.run(
              jobs,
              (done, reused, total) -> {
                kept[0] = reused;
                int fresh = done - reused;
                double seconds = (System.nanoTime() - begun) / 1e9;
                String left =
                    fresh == 0 ? "" : ", %s left".formatted(span(seconds / fresh * (total - done)));
                step.progress(
                    "%,d of %,d runs%s%s".formatted(done, total, byNode(), left),
                    (double) done / total);
              });
      long distinct = jobs.stream().map(Job::key).distinct().count();
      step.done(
          "%,d runs%s%s",
          distinct, kept[0] > 0 ? ", %,d of them from before".formatted(kept[0]) : "", byNode());
      return runs;
    }

    /** Who made how many, in this command so far. */
    private String byNode() {
      return nodes
          .map(some -> some.cluster().finishedByNode())
          .filter(made -> !made.isEmpty())
          .map(made ->
              made.entrySet().stream()
                  .sorted(Map.Entry.comparingByKey())
                  .map(node -> "%s %,d".formatted(node.getKey(), node.getValue()))
                  .collect(Collectors.joining(", ", " (", ")")))
          .orElse("");
    }

    @Override
    public void close() {
      nodes.ifPresent(Nodes::close);
    }
  }

  private static String span(double seconds) {
    return seconds < 90
        ? String.format(Locale.ROOT, "%.0f s", seconds)
        : String.format(Locale.ROOT, "%.0f min", seconds / 60);
  }
}

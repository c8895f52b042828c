package org.probity.cli.study;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.probity.agent.study.StudyAddress;
import org.probity.agent.study.StudyWorker;
import org.probity.sim.backtest.Backtest;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code probity study-worker}: 0 once the study is over or has let it go. */
@Command(
    name = "study-worker",
    description = {
      "Make runs for a sweep, walk-forward or monte-carlo that listens elsewhere (--listen).",
      "It needs the same build, and its own copy of the strategy's bundle and the history store."
    })
public final class StudyWorkerCommand implements Callable<Integer> {

  /** How long whoever ends the process waits for runs in hand. */
  private static final long LAST_RUNS_MINUTES = 10;

  @Option(
      names = "--join",
      required = true,
      paramLabel = "HOST:PORT",
      description = "Where the study listens.")
  private String join = "";

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description =
          "Where this worker is reached by the study (default: 127.0.0.1:0, any port of loopback).")
  private String listen = StudyAddress.LOOPBACK.toString();

  @Option(
      names = "--keys",
      required = true,
      paramLabel = "DIR",
      description =
          "What this worker and the study know each other by: a node's folder as `probity cluster"
              + " keys` makes it.")
  private Path keys = Path.of("");

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Runs at the same time (default: all cores).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description =
          "What relative paths of the study's settings are relative to (default: the present folder).")
  private Path folder = Path.of("");

  @Override
  public Integer call() throws InterruptedException {
    if (threads < 1) {
      throw new Complaint("--threads is %d: it must be at least 1.".formatted(threads));
    }
    var ended = new CountDownLatch(1);
    try (Screen screen = Screen.open(false);
        StudyWorker worker =
            StudyWorker.join(
                StudyAddress.parse(join),
                StudyAddress.parse(listen),
                StudyKeys.load(keys),
                threads,
                Backtest.codeVersion(),
                folder.toAbsolutePath().normalize())) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> leave(worker, ended), "farewell"));
      screen.say("  Working at %s for %s", worker.address(), join);
      int made = worker.await();
      screen.say("  %s %,d run%s made", screen.tick(), made, made == 1 ? "" : "s");
      return 0;
    } finally {
      ended.countDown();
    }
  }

  /** The runs in hand are finished before the process ends. */
  private static void leave(StudyWorker worker, CountDownLatch ended) {
    if (ended.getCount() == 0) {
      return;
    }
    worker.leave();
    try {
      ended.await(LAST_RUNS_MINUTES, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

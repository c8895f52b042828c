package org.probity.cli.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.probity.agent.study.StudyAddress;

/** Workers of a study in processes of their own on this machine. */
final class WorkerProcesses implements AutoCloseable {

  private static final long FAREWELL_SECONDS = 20;

  private final List<Process> processes;
  private final Thread hook = new Thread(this::kill, "workers");

  private WorkerProcesses(List<Process> processes) {
    this.processes = processes;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Starts {@code probity study-worker} several times on this virtual machine's own class path.
   *
   * @param launcher the command line's main class
   * @param keys folder of what they show to the study
   * @param folder what relative paths are relative to
   * @param logs folder for what they write
   */
  static WorkerProcesses start(
      Class<?> launcher,
      int count,
      StudyAddress join,
      Path keys,
      int threads,
      Path folder,
      Path logs) {
    var processes = new ArrayList<Process>();
    try {
      Files.createDirectories(logs);
      for (int i = 1; i <= count; i++) {
        processes.add(
            new ProcessBuilder(command(launcher, join, keys, threads, folder))
                .redirectErrorStream(true)
                .redirectOutput(
                    Redirect.appendTo(logs.resolve("worker-%s.log".formatted(i)).toFile()))
                .start());
      }
    } catch (IOException e) {
      processes.forEach(Process::destroyForcibly);
      throw new UncheckedIOException("A worker's process cannot be started", e);
    }
    return new WorkerProcesses(processes);
  }

  private static List<String> command(
      Class<?> launcher, StudyAddress join, Path keys, int threads, Path folder) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--add-modules",
        "jdk.incubator.vector",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-cp",
        System.getProperty("java.class.path"),
        launcher.getName(),
        "study-worker",
        "--join",
        join.toString(),
        "--keys",
        keys.toAbsolutePath().toString(),
        "--threads",
        Integer.toString(threads),
        "--folder",
        folder.toString());
  }

  /** Does something once all of them have ended, whatever the reason. */
  void whenAllHaveEnded(Runnable action) {
    var unused =
        CompletableFuture.allOf(
                processes.stream().map(Process::onExit).toArray(CompletableFuture[]::new))
            .thenRun(action);
  }

  private void kill() {
    processes.forEach(Process::destroyForcibly);
  }

  /** Waits for them to end, as they do when the study is over, and kills those that do not. */
  @Override
  public void close() {
    try {
      for (Process process : processes) {
        if (!process.waitFor(FAREWELL_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      kill();
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The virtual machine ends already, and the hook does no harm.
      kill();
    }
  }
}

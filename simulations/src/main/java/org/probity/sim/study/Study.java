package org.probity.sim.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.probity.ground.PlainFile;
import org.probity.ground.WholeFile;

/**
 * Runs jobs on several threads or nodes and keeps each one's summary in a file. A job whose file is
 * there is not run again, so a study that was interrupted, even by {@code kill -9}, goes on where
 * it was. Results come in the order of the jobs and do not depend on the number of either.
 */
public final class Study {

  private static final long LARGEST_SUMMARY = 1L << 20;

  private final Path folder;
  private final JobRunner runner;
  private final String codeVersion;

  /**
   * A study that keeps its runs in {@code folder}.
   *
   * @param threads how many jobs run at once
   * @param codeVersion files of another version are not used
   */
  public Study(Path folder, int threads, String codeVersion) {
    this(folder, new JobThreads(threads), codeVersion);
  }

  /**
   * A study whose jobs {@code runner} runs.
   *
   * @param codeVersion files of another version are not used
   */
  public Study(Path folder, JobRunner runner, String codeVersion) {
    this.folder = folder;
    this.runner = runner;
    this.codeVersion = codeVersion;
  }

  /** Told how far a study is. */
  @FunctionalInterface
  public interface Progress {
    /** For those who do not want to know. */
    Progress NONE = (done, reused, total) -> {};

    /**
     * Called at the beginning and after each run, by several threads.
     *
     * @param done runs that are there, those of an earlier time included
     * @param reused runs of an earlier time
     * @param total runs in all; equal ones count once
     */
    void at(int done, int reused, int total);
  }

  /**
   * Runs what is missing.
   *
   * @return a summary for each job, in their order
   * @throws RuntimeException the first failure of a job; the other runs' files stay
   */
  public List<RunSummary> run(List<Job> jobs, Progress progress) {
    var distinct = new LinkedHashMap<String, Job>();
    jobs.forEach(job -> distinct.putIfAbsent(job.key(), job));
    var summaries = new LinkedHashMap<String, RunSummary>();
    distinct.keySet().forEach(key -> kept(key).ifPresent(summary -> summaries.put(key, summary)));
    int reused = summaries.size();
    List<Job> missing =
        distinct.values().stream().filter(job -> !summaries.containsKey(job.key())).toList();
    progress.at(reused, reused, distinct.size());
    if (!missing.isEmpty()) {
      summaries.putAll(runMissing(missing, reused, distinct.size(), progress));
    }
    var results = new ArrayList<RunSummary>();
    for (Job job : jobs) {
      RunSummary summary = summaries.get(job.key());
      if (summary == null) {
        throw new IllegalStateException("The run %s has no result".formatted(job.label()));
      }
      results.add(summary);
    }
    return results;
  }

  private Map<String, RunSummary> runMissing(
      List<Job> missing, int reused, int total, Progress progress) {
    createFolder();
    var done = new AtomicInteger(reused);
    var summaries = new ConcurrentHashMap<String, RunSummary>();
    runner.run(
        missing,
        (job, summary) -> {
          keep(job.key(), summary);
          summaries.put(job.key(), summary);
          progress.at(done.incrementAndGet(), reused, total);
        });
    return summaries;
  }

  // ---- files ----

  private Path file(String key) {
    return folder.resolve(key + ".json");
  }

  /** What is kept of a job, unless the file is cut short or of another version. */
  private Optional<RunSummary> kept(String key) {
    try {
      Path file = file(key);
      return Files.isRegularFile(file)
          ? RunSummary.parse(PlainFile.text(file, LARGEST_SUMMARY))
              .filter(summary -> summary.codeVersion().equals(codeVersion))
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whole or not at all, whenever the process is killed. */
  private void keep(String key, RunSummary summary) {
    try {
      WholeFile.replace(file(key), summary.toJson());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void createFolder() {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
